"""The one way to end a grant: what it writes, whom it tells and wakes, and what a lost response leaves."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from mailconnect.audit import Audit
from mailconnect.end_grant import end_grant, ended_grant
from mailconnect.grants.grant import Grant, GrantState
from mailconnect.grants.retirement import Reason, retire, retire_expired
from mailconnect.grants.update import Update
from mailconnect.store.audit import Actor
from mailconnect.store.errors import StoreUnavailable
from mailconnect.store.memory import MemoryAuditEvents, MemoryGrants
from tests.grants.scenario import NOW, active, seeded

pytestmark = pytest.mark.anyio


class Losing(MemoryGrants):
    """Makes a write, or does not, and loses the response in either case."""

    def __init__(self, *, makes: bool, then: Callable[["Losing"], None] = lambda _: None) -> None:
        super().__init__()
        self._makes = makes
        self._then = then

    async def update(self, grant_id: str, update: Update) -> bool:
        if self._makes:
            await super().update(grant_id, update)
        self._then(self)
        raise StoreUnavailable


@dataclass
class Place:
    """The stores and the history of a grant that is ended."""

    grants: MemoryGrants = field(default_factory=MemoryGrants)
    events: MemoryAuditEvents = field(default_factory=MemoryAuditEvents)
    grant: Grant = field(default_factory=lambda: active().grant)
    woken: int = 0

    def __post_init__(self) -> None:
        self.audit = Audit(self.events, lambda: NOW, seeded(1))

    async def wake(self) -> None:
        self.woken += 1

    async def end(self, reason: Reason = Reason.CLIENT_REVOKED, **options: Any) -> bool:
        ports = {"grants": self.grants, "audit": self.audit, "wake": self.wake}
        return await end_grant(self.grant, reason, Actor.ASSISTANT, **(ports | options))

    async def told(self) -> list[tuple[str, str | None]]:
        return [(event.what, event.reason) for event in (await self.events.of_owner(self.grant.owner, NOW)).events]

    async def reason(self) -> str | None:
        grant = await self.grants.get(self.grant.id)
        assert grant is not None
        return grant.retired_reason


async def place(**values: Any) -> Place:
    at = Place(**values)
    await at.grants.put(at.grant)
    return at


async def test_a_grant_that_ends_is_retired_told_and_wakes_the_sweep() -> None:
    at = await place()
    assert await at.end()
    assert (await at.reason(), await at.told(), at.woken) == (
        "client_revoked",
        [("grant_retired", "client_revoked")],
        1,
    )


async def test_a_grant_that_had_ended_is_told_of_once() -> None:
    at = await place()
    assert await at.end()
    assert not await at.end(Reason.OWNER_DISCONNECTED)
    assert (await at.reason(), len(await at.told()), at.woken) == ("client_revoked", 1, 1)


async def test_a_retirement_of_its_own_holds_only_under_its_conditions() -> None:
    at = await place()
    assert not await at.end(Reason.EXPIRED, retirement=retire_expired(NOW))
    assert (await at.reason(), await at.told(), at.woken) == (None, [], 0)
    assert await at.end(Reason.EXPIRED, retirement=retire_expired(at.grant.due_at))


async def test_a_grant_that_no_client_has_heard_of_is_not_told_of_and_wakes_the_sweep() -> None:
    at = await place()
    assert await at.end(in_history=False)
    assert (await at.told(), at.woken) == ([], 1)


async def test_without_a_wake_nobody_is_woken() -> None:
    at = await place()
    assert await end_grant(at.grant, Reason.EXPIRED, Actor.SERVICE, grants=at.grants, audit=at.audit)
    await ended_grant(at.grant, Reason.CODE_REPLAY, Actor.ASSISTANT, audit=at.audit)
    assert (len(await at.told()), at.woken) == (2, 0)


@pytest.mark.row("F-17")
async def test_an_end_whose_response_was_lost_is_told_of() -> None:
    at = await place(grants=Losing(makes=True))
    assert await at.end()
    assert (await at.told(), at.woken) == ([("grant_retired", "client_revoked")], 1)


@pytest.mark.row("F-17")
async def test_an_end_that_was_not_written_raises() -> None:
    at = await place(grants=Losing(makes=False))
    with pytest.raises(StoreUnavailable):
        await at.end()
    assert (await at.reason(), await at.told(), at.woken) == (None, [], 0)


@pytest.mark.row("F-17")
async def test_an_end_of_another_while_the_response_was_lost_is_not_told_of_twice() -> None:
    def ended_by_the_owner(grants: Losing) -> None:
        [(grant_id, grant)] = grants._grants.items()
        grants._grants[grant_id] = replace(grant, state=GrantState.RETIRED, retired_reason=Reason.OWNER_DISCONNECTED)

    at = await place(grants=Losing(makes=False, then=ended_by_the_owner))
    assert not await at.end()
    assert (await at.told(), at.woken) == ([], 0)


@pytest.mark.row("F-17")
async def test_a_grant_that_was_erased_while_the_response_was_lost_has_ended() -> None:
    at = await place(grants=Losing(makes=True, then=lambda grants: grants._grants.clear()))
    assert await at.end(retirement=retire(Reason.CLIENT_REVOKED, NOW))
    assert at.woken == 1
