"""The state machine over the refresh protocol notices when a part of the protocol is missing.

What takes it more examples than these has tests of its own in test_refresh.py: the fence, the memory and the like.
"""

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from mailconnect.grants.grant import Grant
from mailconnect.grants.provider_refresh import lease, refreshed
from mailconnect.grants.provider_refresh.refreshed import Refreshed
from mailconnect.grants.update import Absent, Equals, Update, applied
from mailconnect.provider import attempt, refresh, storing
from mailconnect.provider.attempt import RefreshAttempt
from mailconnect.provider.refresh import ProviderRefresh
from mailconnect.provider.storing import Storing
from tests.provider.test_refresh_machine import RefreshMachine

pytestmark = pytest.mark.usefixtures("stopped_watch")

pytestmark = pytest.mark.fuzz

QUICK = settings(
    max_examples=3000,  # it ends at the first that notices; the rarest took 688 of five seeds
    derandomize=True,
    database=None,
    deadline=None,
    stateful_step_count=60,
    phases=[Phase.generate],
    report_multiple_bugs=False,
)


def without(update: Callable[..., Update], *attributes: str) -> Callable[..., Update]:
    """The same update, which depends on none of these."""

    def changed(*args: Any, **named: Any) -> Update:
        made = update(*args, **named)
        kept = tuple(condition for condition in made.conditions if condition.attribute not in attributes)
        return dataclasses.replace(made, conditions=kept)

    return changed


async def nothing_waits(self: Storing, grant: Grant) -> bool:
    return False


async def nothing_is_kept(self: Storing, grant: Grant, refreshed: Refreshed) -> bool:
    return False


async def used_at_once(self: Storing, grant: Grant, refreshed: Refreshed) -> Grant | None:
    return applied(grant, refreshed_update(refreshed))


refreshed_update = refreshed.store_refreshed
refreshes = ProviderRefresh._refreshed


async def tried_once(self: Storing, grant: Grant, refreshed: Refreshed) -> Grant | None:
    if await self.grants.update(grant.id, refreshed_update(refreshed)):
        return applied(grant, refreshed_update(refreshed))
    return await self.grants.get(grant.id)


async def refreshed_twice(self: ProviderRefresh, attempt: Any) -> Any:
    await refreshes(self, attempt)
    return await refreshes(self, attempt)


async def not_given_back(*_: Any, **__: Any) -> bool:
    return True


async def not_left_to_sweep(self: Storing, grant: Grant, refreshed: Refreshed) -> None:
    return


async def stale(self: ProviderRefresh, grant: Grant) -> Grant:
    return grant


def over_the_lease(update: Refreshed) -> Update:
    """The alternative that decision 0005 rejects."""
    made = refreshed_update(update)
    return dataclasses.replace(made, conditions=(*made.conditions, Equals("lease_id", update.refreshed_by)))


MISSING: dict[str, list[tuple[Any, str, Any]]] = {
    "the lease": [(refresh, "take_lease", without(lease.take_lease, "lease_id", "lease_until"))],
    "that a lease runs": [(refresh, "take_lease", without(lease.take_lease, "lease_until"))],
    "the version that is leased": [(refresh, "take_lease", without(lease.take_lease, "props_version"))],
    "that only the living are leased": [(refresh, "take_lease", without(lease.take_lease, "state"))],
    "the provider's pause": [(refresh, "take_lease", without(lease.take_lease, "not_before"))],
    "storing before using": [(Storing, "store", used_at_once)],
    "a second try to store": [(Storing, "store", tried_once)],
    "the outbox": [(Storing, "_put", nothing_is_kept)],
    "looking into the outbox": [(Storing, "deliver", nothing_waits)],
    "the version as the fence": [(storing, "store_refreshed", over_the_lease)],
    "that only the living are renewed": [(storing, "store_refreshed", without(refreshed_update, "state"))],
    "giving back": [(refresh, "give_back", not_given_back), (Storing, "leave_to_sweep", not_left_to_sweep)],
    "ending what the provider has ended": [(refresh, "retire", lambda *_: Update((Absent("id"),), {}))],
    "one refresh for each lease": [(ProviderRefresh, "_refreshed", refreshed_twice)],
    "the time that a lease lasts": [(RefreshAttempt, "in_time", lambda *_: True)],
    "the time that is left": [(attempt, "NEEDED_SECONDS", 0.0), (refresh, "NEEDED_SECONDS", 0.0)],
    "seeing the end": [(ProviderRefresh, "_current", stale)],
    "an end to waiting": [(refresh, "WAIT_SECONDS", 1e9)],
}


@pytest.mark.parametrize("part", MISSING)
def test_it_notices_the_lack_of(part: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for owner, name, instead in MISSING[part]:
        monkeypatch.setattr(owner, name, instead)
    with pytest.raises((AssertionError, BaseExceptionGroup)):
        run_state_machine_as_test(RefreshMachine, settings=QUICK)
