"""Assistants that send, an owner who approves, and other events, in every order: one mail at most, and none without the
approval that the owner's policy asks for.
"""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from mailconnect.audit import Audit
from mailconnect.clock import Entropy
from mailconnect.grants.grant import Grant, GrantState
from mailconnect.grants.narrowing import narrow
from mailconnect.grants.retirement import Reason, retire
from mailconnect.grants.sending import Choice, SendingPolicy
from mailconnect.mail.errors import MailboxError
from mailconnect.sending.approvals import Asked, Word
from mailconnect.sending.digest import digest
from mailconnect.sending.outcome import AlreadySent, Discarded, Held, Outcome, Sent, Unknown, Waiting
from mailconnect.sending.sending import Sending, SendRequest
from mailconnect.store.errors import StoreUnavailable
from mailconnect.store.sqlite.database import Database
from mailconnect.store.sqlite.ledger import SqliteLedger
from tests.bridge import TurnedClock
from tests.grants.scenario import seeded
from tests.provider.interleaving import Act, Choices, Left, Race, Worker, in_short, schedules
from tests.provider.strict_provider import nothing
from tests.sending.gated import Gated
from tests.sending.sender import NOW, in_memory, new_grant
from tests.sending.strict_mailbox import ANN, StrictMailbox, Trouble

pytestmark = pytest.mark.anyio

DRAFT_ID = "M1"
_STORE = ("unavailable", "lost")
_FAULTS: dict[str, tuple[Any, ...]] = {
    "submit": (Trouble.LOST, Trouble.NOT_HEARD, Trouble.UNFILED, Trouble.UNREACHABLE, Trouble.THROTTLED),
    "cancel": (Trouble.LOST, Trouble.NOT_HEARD),
    "submissions": (Trouble.NOT_HEARD,),
    "draft": (Trouble.NOT_HEARD,),
    "ledger.put": _STORE,
    "ledger.get": _STORE[:1],
    "grants.get": _STORE[:1],
    "counters.add": _STORE,
    "events.append": _STORE,
}


@dataclass
class Scenario:
    """One schedule: what happened, and what may be said of it afterwards."""

    choice: Choice
    stores: dict[str, Any]
    hold: int = 0
    grant: Grant = field(default_factory=new_grant)
    mailbox: StrictMailbox = field(default_factory=StrictMailbox)
    clock: TurnedClock = field(default_factory=lambda: TurnedClock(NOW))
    entropy: Entropy = field(default_factory=lambda: seeded(5))
    word: Word = Word.WAITING
    pressed: bool = False
    edited: bool = False
    by_hand: bool = False
    disturbed: bool = False
    ended: bool = False
    allowed: dict[str, bool] = field(default_factory=dict)
    """By worker: whether the connection might send when the worker looked last."""
    store_faults: dict[str, list[str]] = field(default_factory=dict)
    race: Race = field(init=False)

    def __post_init__(self) -> None:
        self.seen = digest(self.mailbox.write())

    def sending(self) -> Sending:
        """Of a process of its own."""
        of = {
            name: Gated(self.stores[name], name, self.race.point, self.store_faults)
            for name in ("grants", "ledger", "counters", "events")
        }
        return Sending(
            grants=of["grants"],
            ledger=of["ledger"],
            counters=of["counters"],
            audit=Audit(of["events"], self.clock, seeded(4)),
            clock=self.clock,
            entropy=self.entropy,
        )

    async def send(self, grant: Grant | None = None) -> Any:
        """An assistant's call, as it sees it: the outcome, or the error's name."""
        request = SendRequest(DRAFT_ID, (ANN.email,), self.hold)
        connection = self.sending().of(grant or self.grant, self.mailbox, lambda: self.choice, self)
        return await answered(connection.send(request))

    async def another_assistant(self) -> Any:
        return await self.send(replace(self.grant, id="another grant"))

    async def press(self) -> Any:
        """The owner presses Send. Nothing but this makes `pressed` true."""
        self.pressed = True
        outcome = await answered(self.sending().approved(self.grant, self.mailbox, DRAFT_ID, self.seen, hold=self.hold))
        if isinstance(outcome, Sent | Held | AlreadySent):
            self.word = Word.SENT
        return outcome

    async def press_late(self) -> Any:
        """On a page that has shown the draft before it was edited; the page follows it to its new id."""
        self.pressed = True
        draft_id = "M2" if "M2" in self.mailbox.drafts else DRAFT_ID
        return await answered(self.sending().approved(self.grant, self.mailbox, draft_id, self.seen))

    async def discard(self) -> None:
        await self.race.point("discard")
        self.word = Word.DISCARDED

    async def edit(self) -> None:
        await self.race.point("edit")
        if DRAFT_ID in self.mailbox.drafts and self.mailbox.drafts[DRAFT_ID].is_draft:
            self.mailbox.edit()
            self.edited = True

    async def disconnect(self) -> None:
        await self.race.point("disconnect")
        self.ended = await self.stores["grants"].update(self.grant.id, retire(Reason.OWNER_DISCONNECTED, self.clock()))

    async def switch_off(self) -> None:
        await self.race.point("switch off")
        update = narrow(self.grant, frozenset({"emails:send"}))
        assert update is not None
        self.ended = await self.stores["grants"].update(self.grant.id, update)

    async def undo(self) -> Any:
        connection = self.sending().of(self.grant, self.mailbox, lambda: self.choice, self)
        try:
            return await connection.undo(DRAFT_ID)
        except (MailboxError, StoreUnavailable) as error:
            return type(error).__name__

    async def mail_program(self) -> None:
        await self.race.point("by hand")
        draft = self.mailbox.drafts.get(DRAFT_ID)
        if draft is not None and draft.is_draft and not self.mailbox.left:
            self.mailbox.by_hand(DRAFT_ID)
            self.by_hand = True

    # The approvals' port: it waits until the owner has said something.

    async def ask(self, grant: Grant, draft: Any, digest: str) -> Asked:
        return Asked("https://mail.example.com/approve/x", NOW + 3600)

    async def look(self, grant: Grant, draft_id: str, digest: str) -> Word:
        await self.race.point("approvals.look")
        return self.word if digest == self.seen else Word.NONE

    async def called_back(self, grant: Grant, draft_id: str) -> None:
        return

    # The scheduler needs to know this.

    def faults(self, step: str) -> tuple[Any, ...]:
        return _FAULTS.get(step, ())

    def disturb(self, step: str, fault: Any) -> None:
        self.disturbed = True
        planned: dict[str, list[Any]] = self.store_faults if "." in step else self.mailbox.faults  # type: ignore[assignment]
        planned.setdefault(step, []).append(fault)

    def tick(self) -> None:
        """The owner sends another mail, and what is held leaves."""
        self.disturbed = True
        self.mailbox.another_mail()
        self.mailbox.time_passes()

    def watch(self, worker: Worker, step: str, act: Act) -> None:
        if act is not Act.GO:
            self.disturbed = True
        grant = self.stores["grants"]._grants[self.grant.id]
        may = grant.state is GrantState.ACTIVE and "emails:send" in grant.scope.split()
        if step == "grants.get":
            self.allowed[worker.name] = may
        out = len(self.mailbox.left) + len(self.mailbox.waiting)
        assert out <= 1, "never two mails"
        if out and not self.by_hand:
            assert self.choice.policy is not SendingPolicy.APPROVE or self.pressed, "never without the owner's word"
            assert self.choice.policy is not SendingPolicy.KNOWN or self.mailbox.known or self.pressed
        if step == "submit" and act is Act.GO and self.out_by(worker):
            assert self.allowed[worker.name], "never of a connection that had ended before the last look"

    def out_by(self, worker: Worker) -> bool:
        """Whether this very step has let it out."""
        out = len(self.mailbox.left) + len(self.mailbox.waiting)
        new, self._out = out > getattr(self, "_out", 0), out
        return new


async def answered(call: Coroutine[Any, Any, Outcome]) -> Any:
    try:
        return await call
    except (MailboxError, StoreUnavailable) as error:
        return type(error).__name__


async def told(choices: Choices, left: Left, acts: tuple[str, ...], new: Callable[[], Scenario]) -> Scenario:
    scenario = new()
    await scenario.stores["grants"].put(scenario.grant)
    await scenario.stores["grants"].put(replace(scenario.grant, id="another grant"))
    programs: dict[str, Callable[[], Any]] = {
        "send": scenario.send,
        "another": scenario.another_assistant,
        "press": scenario.press,
        "press late": scenario.press_late,
        "discard": scenario.discard,
        "edit": scenario.edit,
        "disconnect": scenario.disconnect,
        "switch off": scenario.switch_off,
        "undo": scenario.undo,
        "mail program": scenario.mail_program,
    }
    scenario.race = Race(
        [(f"{act}-{number}", programs[act]) for number, act in enumerate(acts)],
        faults=scenario.faults,
        disturb=scenario.disturb,
        may_tick=lambda: True,
        tick=scenario.tick,
        changes=lambda: 0,
        watch=scenario.watch,
    )
    scenario.mailbox.before = scenario.race.point
    try:
        check(scenario, acts, await scenario.race.run(choices, left))
        await later(scenario)
    except BaseException:
        print("\n".join(scenario.race.log))
        raise
    return scenario


_LET_OUT = (Sent, Held, AlreadySent)


def check(scenario: Scenario, acts: tuple[str, ...], results: list[Any]) -> None:
    """Answers are true."""
    outcomes = [
        one for act, one in zip(acts, results, strict=True) if act in {"send", "another", "press", "press late"}
    ]
    out = bool(scenario.mailbox.left or scenario.mailbox.waiting)
    stopped = "undo" in acts
    assert out or stopped or not any(isinstance(one, _LET_OUT) for one in outcomes), "it says sent, and it is not"
    if out and not scenario.by_hand and not scenario.disturbed:
        assert any(isinstance(one, _LET_OUT) for one in outcomes), "it is sent, and nobody says so"
    if not scenario.disturbed and not stopped:
        assert not any(isinstance(one, Unknown) for one in outcomes), "there is no doubt where nothing went wrong"


async def later(scenario: Scenario) -> None:
    """Alone and undisturbed: whatever happened, further calls make no second mail, and say what is so."""
    scenario.mailbox.before = nothing
    scenario.clock.now += 60
    scenario.mailbox.time_passes()
    was_out = bool(scenario.mailbox.left)
    answers = [await scenario.send(), await scenario.send()]
    if scenario.pressed:
        answers.append(await scenario.press())
    assert len(scenario.mailbox.left) + len(scenario.mailbox.waiting) <= 1, "never two mails"
    if scenario.choice.policy is SendingPolicy.APPROVE and not scenario.pressed and not scenario.by_hand:
        assert not scenario.mailbox.left
        assert all(isinstance(one, Waiting | Discarded) or not isinstance(one, _LET_OUT) for one in answers)
    if was_out and not scenario.edited:
        assert all(isinstance(one, AlreadySent | Unknown) for one in answers), answers


FREE = Choice(SendingPolicy.FREE, 20)
KNOWN = Choice(SendingPolicy.KNOWN, 20)
APPROVE = Choice(SendingPolicy.APPROVE, 20)

EXPLORED = [
    *in_short(FREE, ("send", "another"), short=Left(preemptions=2), left=Left(preemptions=3), id="two assistants"),
    *in_short(FREE, ("send", "another", "send"), short=Left(preemptions=1), left=Left(preemptions=2), id="three calls"),
    *in_short(
        FREE,
        ("send", "another"),
        short=Left(preemptions=1, kills=1),
        left=Left(preemptions=2, kills=1),
        id="two assistants and a kill",
    ),
    *in_short(
        FREE,
        ("send", "another"),
        short=Left(faults=1, kills=1),
        left=Left(preemptions=1, faults=1, kills=1),
        id="and a fault",
    ),
    *in_short(FREE, ("send", "another"), short=Left(kills=2), left=Left(preemptions=1, kills=2), id="two kills"),
    *in_short(FREE, ("send", "send"), short=Left(faults=2), left=Left(preemptions=1, faults=2), id="two faults"),
    *in_short(
        FREE,
        ("send", "another"),
        short=Left(preemptions=1, ticks=1),
        left=Left(preemptions=2, ticks=1),
        id="another mail of the owner's",
    ),
    *in_short(
        FREE,
        ("send",),
        short=Left(kills=1, faults=1),
        left=Left(kills=1, faults=1, ticks=1),
        id="one call, all kinds of trouble",
    ),
    pytest.param(FREE, ("send", "mail program"), Left(preemptions=2, faults=1), id="the owner's mail program"),
    pytest.param(FREE, ("send", "disconnect"), Left(preemptions=2, faults=1), id="an end"),
    pytest.param(FREE, ("send", "switch off"), Left(preemptions=2, kills=1), id="sending switched off"),
    *in_short(FREE, ("send", "edit", "another"), short=Left(preemptions=1), left=Left(preemptions=2), id="an edit"),
    pytest.param(KNOWN, ("send", "press"), Left(preemptions=2), id="known: a stranger, and a press"),
    pytest.param(APPROVE, ("send", "press"), Left(preemptions=3), id="a press"),
    pytest.param(APPROVE, ("send", "another"), Left(preemptions=3), id="two assistants and no press"),
    pytest.param(APPROVE, ("press", "press"), Left(preemptions=3), id="two tabs"),
    *in_short(
        APPROVE,
        ("press", "press", "send"),
        short=Left(preemptions=1),
        left=Left(preemptions=2),
        id="two tabs and an assistant",
    ),
    *in_short(
        APPROVE,
        ("press", "press"),
        short=Left(faults=1, kills=1),
        left=Left(preemptions=1, faults=1, kills=1),
        id="two tabs, a fault, a kill",
    ),
    *in_short(
        APPROVE,
        ("send", "press"),
        short=Left(faults=2),
        left=Left(preemptions=1, faults=2),
        id="a press and two faults",
    ),
    *in_short(
        APPROVE,
        ("send", "press"),
        short=Left(preemptions=1, kills=1),
        left=Left(preemptions=2, kills=1, ticks=1),
        id="a press, a kill, another mail",
    ),
    pytest.param(APPROVE, ("press", "disconnect"), Left(preemptions=2, kills=1), id="a press and an end"),
    pytest.param(APPROVE, ("press", "switch off"), Left(preemptions=2, faults=1), id="a press and a narrowing"),
    *in_short(
        APPROVE,
        ("press late", "edit", "send"),
        short=Left(preemptions=2),
        left=Left(preemptions=3),
        id="an edit before the press",
    ),
    pytest.param(APPROVE, ("send", "discard"), Left(preemptions=2, faults=1), id="a no"),
    pytest.param(APPROVE, ("press", "mail program"), Left(preemptions=2, faults=1), id="a press and a mail program"),
]


@pytest.mark.row("W-61")
@pytest.mark.parametrize(("choice", "acts", "left"), EXPLORED)
async def test_no_order_of_steps_makes_two_mails_or_one_without_the_owners_word(
    choice: Choice, acts: tuple[str, ...], left: Left, record_property: Callable[[str, object], None]
) -> None:
    record_property("schedules", await explore(acts, left, lambda: Scenario(choice, in_memory())))


@pytest.mark.row("W-62")
@pytest.mark.parametrize(
    ("acts", "left"),
    [
        pytest.param(("send", "undo"), Left(preemptions=2), id="an undo"),
        pytest.param(("send", "undo", "another"), Left(preemptions=1), id="an undo and another assistant"),
        pytest.param(("send", "undo"), Left(preemptions=1, kills=1), id="a kill"),
        pytest.param(("send", "undo"), Left(preemptions=1, faults=1), id="a fault"),
        pytest.param(("send", "undo"), Left(preemptions=1, ticks=1), id="it leaves meanwhile"),
    ],
)
async def test_no_order_of_sending_and_stopping_makes_two_mails(
    acts: tuple[str, ...], left: Left, record_property: Callable[[str, object], None]
) -> None:
    record_property("schedules", await explore(acts, left, lambda: Scenario(FREE, in_memory(), hold=60)))


@pytest.mark.row("W-61")
@pytest.mark.parametrize(
    ("acts", "left"),
    [
        pytest.param(("send", "another"), Left(preemptions=2), id="two assistants"),
        pytest.param(("send", "another"), Left(preemptions=1, kills=1), id="a kill"),
    ],
)
async def test_no_order_of_steps_makes_two_mails_in_sqlite(
    acts: tuple[str, ...], left: Left, record_property: Callable[[str, object], None], tmp_path: Path
) -> None:
    number = 0

    def new() -> Scenario:
        nonlocal number
        number += 1
        return Scenario(FREE, in_memory() | {"ledger": Renamed(SqliteLedger(database), str(number))})

    database = Database.open(tmp_path / "mailconnect.db")
    record_property("schedules", await explore(acts, left, new))
    await database.close()


@dataclass
class Renamed:
    """One ledger for all schedules: each has names of its own in it."""

    inner: SqliteLedger
    name: str

    async def get(self, key: str, now: int) -> Any:
        return await self.inner.get(self.name + key, now)

    async def put(self, entry: Any, now: int) -> None:
        await self.inner.put(replace(entry, key=self.name + entry.key), now)


@pytest.mark.parametrize(
    ("lax", "left"),
    [
        pytest.param({"heeds_state": False}, Left(preemptions=1), id="a provider that heeds no state"),
        pytest.param({"forgets": True}, Left(faults=1, kills=1), id="no record of attempts"),
    ],
)
async def test_the_explorer_finds_two_mails_where_a_rule_is_missing(lax: dict[str, bool], left: Left) -> None:
    def new() -> Scenario:
        stores = in_memory() | ({"ledger": Forgetful()} if "forgets" in lax else {})
        return Scenario(FREE, stores, mailbox=StrictMailbox(heeds_state=lax.get("heeds_state", True)))

    with pytest.raises(AssertionError, match="never two mails"):
        await explore(("send", "another"), left, new)


class Forgetful:
    async def get(self, key: str, now: int) -> None:
        return None

    async def put(self, entry: Any, now: int) -> None:
        return None


async def explore(acts: tuple[str, ...], left: Left, new: Callable[[], Scenario]) -> int:
    """How many schedules there are."""
    count = sent = 0

    async def run(choices: Choices) -> Scenario:
        return await told(choices, left, acts, new)

    async for scenario in schedules(run, maximum=60_000):
        count += 1
        sent += bool(scenario.mailbox.left)
    print(f"{count} schedules of {', '.join(acts)} with {left}: {sent} end with one mail")
    return count
