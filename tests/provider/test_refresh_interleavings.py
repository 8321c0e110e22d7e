"""Provider refreshes, disconnections and the sweep in every order: no mailbox is lost needlessly (invariants I1 to
I5).
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from mailconnect.grants.grant import GrantState
from mailconnect.grants.provider_refresh.lease import LEASE_SECONDS
from mailconnect.grants.retirement import Reason
from mailconnect.mail.errors import Throttled, Unreachable, UpstreamFault
from mailconnect.store.errors import StoreUnavailable
from mailconnect.store.sqlite.database import Database
from mailconnect.sweep.due_grants import HAND_OVER_SECONDS
from tests.provider import one_grant as one_grant_module
from tests.provider.interleaving import Act, Choices, Left, Race, Worker, in_short, schedules
from tests.provider.one_grant import EARLY, EXPIRED, OneGrant, one_grant
from tests.provider.stores import in_sqlite
from tests.provider.strict_provider import LOST
from tests.provider.watched_grants import Fault

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("stopped_watch")]

_STORE_FAULTS = (Fault.UNAVAILABLE, Fault.LOST, Fault.DENIED)
_PROVIDER_FAULTS = (UpstreamFault("503"), Throttled("429", retry_after=20), Unreachable(), LOST)
_FAULTS = {
    "get": _STORE_FAULTS[:1],
    "refresh": _PROVIDER_FAULTS,
    "keep": (Fault.UNAVAILABLE, Fault.LOST),
    "look": _STORE_FAULTS[:1],
    "erase": _STORE_FAULTS[:1],
} | dict.fromkeys(("take", "store", "retire", "release"), _STORE_FAULTS)


@dataclass
class Scenario:
    """One schedule: what happened, and what may be said of it afterwards."""

    one: OneGrant
    timely: bool
    holder: Worker | None = None
    """Of the lease."""
    bearer: Worker | None = None
    """Of a token that is not stored yet."""
    may_be_lost: bool = False
    """The provider has rotated and nobody knows the token: it was lost with the answer, or with who had just got it."""
    late: bool = False
    """A process was stopped for longer than a lease while it held one."""
    race: Race = field(init=False)

    @property
    def disconnected(self) -> bool:
        return self.one.grants.retired.get(self.one.id) == Reason.OWNER_DISCONNECTED

    async def call(self) -> str:
        return await self.one.call()

    async def disconnect_and_sweep(self) -> None:
        try:
            await self.one.retire()
        except StoreUnavailable:
            return
        await self.one.sweep()

    def faults(self, step: str) -> tuple[Any, ...]:
        return _FAULTS.get(step, ())

    def disturb(self, step: str, fault: Any) -> None:
        if fault is LOST:
            self.may_be_lost = True
        outbox = step in {"keep", "look", "erase"}
        store = self.one.outbox.faults if outbox else self.one.grants.faults
        planned = self.one.provider.answers if step == "refresh" else store
        planned.setdefault(step, []).append(fault)

    def may_tick(self) -> bool:
        """In time, a holder is done or dead before its lease runs out."""
        return not self.timely or self.gone

    @property
    def gone(self) -> bool:
        """Whether nobody is at work with the lease."""
        return self.holder is None or self.holder.dead or self.holder.task.done()

    def tick(self) -> None:
        self.late = self.late or not self.gone
        self.one.clock.now += LEASE_SECONDS + 1

    def watch(self, worker: Worker, step: str, act: Act) -> None:
        if act is Act.KILL:
            self.may_be_lost = self.may_be_lost or (worker is self.bearer and self.grant_lost())
            return
        if worker.at == "store":
            self.bearer = worker
        elif worker is self.bearer and worker.at not in {"get", "sleep", "hand over", "revoke", "keep", "erase"}:
            self.bearer = None
        grant = self.one.grant
        if grant is None or grant.lease_id is None:
            self.holder = None
        elif worker.at == "refresh":
            self.holder = worker
        refreshing = sum(one.waits and one.at == "refresh" for one in self.race.workers)
        assert refreshing <= 1 or self.late, "I2: one refresh in flight"
        if grant is not None and grant.state is GrantState.ACTIVE and not (self.may_be_lost or self.late):
            assert self.bearer or not self.one.lost(), "I1: the provider's token is stored or in hand"

    def grant_lost(self) -> bool:
        return self.one.grant is None or self.one.lost()


async def told(
    choices: Choices, left: Left, seconds_left: int, *acts: str, timely: bool = True, alone: bool = False
) -> Scenario:
    one = one_grant(seconds_left)
    chance = one.entropy
    one.entropy = lambda count: b"\xff" if count == 1 else chance(count)  # the longest pauses make the fewest steps
    one.process = one.another_process() if alone else None
    scenario = Scenario(one, timely)
    names: dict[str, Callable[[], Any]] = {"call": scenario.call, "disconnect": scenario.disconnect_and_sweep}
    scenario.race = Race(
        [(f"{act}-{number}", names[act]) for number, act in enumerate(acts)],
        faults=scenario.faults,
        disturb=scenario.disturb,
        may_tick=scenario.may_tick,
        tick=scenario.tick,
        changes=lambda: len(one.grants.done),
        watch=scenario.watch,
    )
    one.grants.before = one.outbox.before = one.provider.before = one.asleep = scenario.race.point
    try:
        results = await scenario.race.run(choices, left)
        check_answers(scenario, results, undisturbed=left == Left(left.preemptions))
        await check_what_is_left(scenario)
    except BaseException:
        print("\n".join(scenario.race.log))
        raise
    return scenario


def check_answers(scenario: Scenario, results: list[Any], *, undisturbed: bool) -> None:
    answers = {result for result in results if isinstance(result, str)}
    if not (scenario.disconnected or scenario.one.provider.dead):
        assert answers.isdisjoint({"401", "GrantEnded"}), "I5: a terminal answer only where the end is proven"
    if undisturbed and not scenario.disconnected:
        assert answers == {"served"}
    repeated = [token for token, times in scenario.one.provider.presented.items() if times > 1]
    assert not repeated or scenario.may_be_lost or scenario.late, "no refresh token is used twice"


async def check_what_is_left(scenario: Scenario) -> None:
    """Later, alone and undisturbed."""
    one = scenario.one
    one.clock.now += 60
    answers = [await scenario.call(), await scenario.call()]
    if scenario.disconnected:
        one.clock.now += HAND_OVER_SECONDS
        await scenario.one.sweep()
        assert answers == ["401", "401"], "I3: what was disconnected never serves again"
        assert one.grant is None
        assert one.provider.dead or scenario.may_be_lost, "F-37: nothing is left alive at the provider"
    elif one.provider.dead:
        assert scenario.may_be_lost or scenario.late, "a live token was lost needlessly"
        assert answers[0] in {"401", "GrantEnded"}
        assert answers[1] == "401", "a clean reconnect"
    else:
        assert answers == ["served", "served"]
        assert not one.lost()


EXPLORED = [
    *in_short(EXPIRED, ("call", "call", "call"), short=Left(preemptions=2), left=Left(preemptions=3), id="three calls"),
    *in_short(
        EARLY, ("call", "call", "call"), short=Left(preemptions=2), left=Left(preemptions=3), id="three early calls"
    ),
    *in_short(
        EXPIRED,
        ("call", "call"),
        short=Left(kills=1, ticks=1),
        left=Left(preemptions=2, kills=1, ticks=1),
        id="a kill",
    ),
    pytest.param(EXPIRED, ("call", "call", "call"), Left(preemptions=1, kills=1), id="a kill among three"),
    *in_short(
        EXPIRED,
        ("call", "call"),
        short=Left(preemptions=1, faults=1),
        left=Left(preemptions=2, faults=1, ticks=1),
        id="a fault",
    ),
    *in_short(
        EARLY,
        ("call", "call"),
        short=Left(faults=1, kills=1),
        left=Left(preemptions=1, faults=1, kills=1),
        id="a fault and a kill, early",
    ),
    *in_short(
        EXPIRED,
        ("call", "disconnect"),
        short=Left(preemptions=2, kills=1),
        left=Left(preemptions=4, kills=1),
        id="a disconnection and a kill",
    ),
    *in_short(
        EXPIRED,
        ("call", "disconnect"),
        short=Left(preemptions=2, faults=1),
        left=Left(preemptions=4, faults=1),
        id="a disconnection and a fault",
    ),
    *in_short(
        EXPIRED,
        ("call", "call", "disconnect"),
        short=Left(preemptions=1, ticks=1),
        left=Left(preemptions=2, ticks=1),
        id="two and a disconnection",
    ),
    *in_short(
        EXPIRED, ("call", "call", "call", "call"), short=Left(preemptions=1), left=Left(preemptions=2), id="four calls"
    ),
    *in_short(
        EXPIRED,
        ("call", "call"),
        short=Left(faults=2),
        left=Left(faults=2, ticks=1),
        id="two faults",
    ),
    *in_short(
        EXPIRED,
        ("call", "call"),
        short=Left(faults=1, kills=1),
        left=Left(faults=1, kills=1, ticks=1),
        id="a fault and a kill",
    ),
    *in_short(
        EXPIRED,
        ("call", "disconnect"),
        short=Left(faults=2),
        left=Left(preemptions=1, faults=2),
        id="a disconnection and two faults",
    ),
    *in_short(
        EXPIRED,
        ("call", "disconnect"),
        short=Left(faults=1, kills=1),
        left=Left(faults=1, kills=1, preemptions=2),
        id="and a fault and a kill",
    ),
]


@pytest.mark.row("F-19")
@pytest.mark.parametrize(("seconds_left", "acts", "left"), EXPLORED)
async def test_no_order_of_steps_loses_a_mailbox(
    seconds_left: int, acts: tuple[str, ...], left: Left, record_property: Callable[[str, object], None]
) -> None:
    record_property("schedules", await explore(seconds_left, acts, left))


EXPLORED_IN_SQLITE = [
    pytest.param(("call", "call"), Left(preemptions=2), id="two calls"),
    *in_short(("call", "call"), short=Left(kills=1), left=Left(kills=1, ticks=1), id="a kill"),
    *in_short(("call", "call"), short=Left(faults=1), left=Left(faults=1, ticks=1), id="a fault"),
    pytest.param(("call", "disconnect"), Left(preemptions=1, kills=1), id="a disconnection and a kill"),
    pytest.param(("call", "call", "call"), Left(preemptions=1), id="three calls"),
]


@pytest.mark.row("F-19")
@pytest.mark.parametrize(("acts", "left"), EXPLORED_IN_SQLITE)
async def test_no_order_of_steps_loses_a_mailbox_in_sqlite(
    acts: tuple[str, ...],
    left: Left,
    record_property: Callable[[str, object], None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    database = Database.open(tmp_path / "mailconnect.db")
    monkeypatch.setattr(one_grant_module, "new_stores", lambda: in_sqlite(database, tmp_path))
    record_property("schedules", await explore(EXPIRED, acts, left))
    await database.close()


@pytest.mark.row("F-18")
@pytest.mark.parametrize(
    ("acts", "left"),
    [
        pytest.param(("call", "call"), Left(preemptions=3, ticks=1), id="two calls"),
        pytest.param(("call", "call", "call"), Left(preemptions=1, ticks=1), id="three calls"),
        pytest.param(("call", "call", "disconnect"), Left(preemptions=1, ticks=1), id="two and a disconnection"),
    ],
)
async def test_a_holder_that_was_stopped_overwrites_and_revives_nothing(
    acts: tuple[str, ...], left: Left, record_property: Callable[[str, object], None]
) -> None:
    """Its late request may cost the connection, as a replay does; what is left is clean all the same."""
    record_property("schedules", await explore(EXPIRED, acts, left, timely=False))


@pytest.mark.row("F-40")
@pytest.mark.parametrize(
    ("acts", "left"),
    [
        *in_short(
            ("call", "call"), short=Left(preemptions=1, ticks=2), left=Left(preemptions=2, ticks=2), id="two calls"
        ),
        *in_short(
            ("call", "call"), short=Left(faults=1, ticks=1), left=Left(preemptions=1, faults=1, ticks=1), id="a fault"
        ),
        pytest.param(("call", "call", "disconnect"), Left(preemptions=1, ticks=1), id="two and a disconnection"),
    ],
)
async def test_a_machine_that_sleeps_at_any_moment_loses_nothing(
    acts: tuple[str, ...], left: Left, record_property: Callable[[str, object], None]
) -> None:
    """One process; time passes it by wherever it is."""
    record_property("schedules", await explore(EXPIRED, acts, left, timely=False, alone=True))


async def explore(
    seconds_left: int, acts: tuple[str, ...], left: Left, *, timely: bool = True, alone: bool = False
) -> int:
    """How many schedules there are."""
    count, losses = 0, 0

    async def run(choices: Choices) -> Scenario:
        return await told(choices, left, seconds_left, *acts, timely=timely, alone=alone)

    async for scenario in schedules(run, maximum=20_000):
        count += 1
        losses += scenario.one.provider.dead and not scenario.disconnected
        assert not (alone and scenario.one.provider.dead) or scenario.may_be_lost or scenario.disconnected
    print(f"{count} schedules of {', '.join(acts)} with {left}: {losses} ask to reconnect")
    assert losses == 0 or left.kills or left.faults or not (timely or alone)
    return count
