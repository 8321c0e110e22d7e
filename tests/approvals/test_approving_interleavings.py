"""An owner presses on the approval page, in several tabs and among other events, in every order and with every fault:
one mail at most, none without a press of Send, and the page says afterwards what happened.

The page, its claim and the assistant's side of it are the product's own; stores and mailbox are strict fakes.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from mailconnect.grants.approval import Approval, ApprovalState
from mailconnect.grants.grant import GrantState
from mailconnect.grants.narrowing import narrow
from mailconnect.grants.retirement import Reason, retire
from mailconnect.grants.sending import Choice, SendingPolicy
from mailconnect.mail.errors import MailboxError
from mailconnect.sending.outcome import AlreadySent, Held, Sent, Unknown, Waiting
from mailconnect.sending.sending import SendRequest
from mailconnect.store.errors import StoreUnavailable
from mailconnect.store.memory import MemoryOwned
from tests.approvals.approval_page import ApprovalPage, Rendered, Tab
from tests.bridge import TurnedClock
from tests.provider.interleaving import Act, Choices, Left, Race, Worker, in_short, schedules
from tests.provider.strict_provider import nothing
from tests.sending.gated import Gated
from tests.sending.sender import NOW, in_memory, new_grant
from tests.sending.strict_mailbox import ANN, StrictMailbox, Trouble

pytestmark = pytest.mark.anyio

DRAFT_ID = "M1"
_HELD = datetime.fromtimestamp(NOW + 1800, UTC)
_STORE = ("unavailable", "lost")
_FAULTS: dict[str, tuple[Any, ...]] = {
    "submit": (Trouble.LOST, Trouble.NOT_HEARD, Trouble.UNFILED, Trouble.THROTTLED),
    "cancel": (Trouble.LOST, Trouble.NOT_HEARD),
    "submissions": (Trouble.NOT_HEARD,),
    "draft": (Trouble.NOT_HEARD,),
    "ledger.put": _STORE,
    "ledger.get": _STORE[:1],
    "grants.get": _STORE[:1],
    "approvals.get": _STORE[:1],
    "approvals.put": _STORE,
    "approvals.replace": _STORE,
    "approvals.update": _STORE,
    "events.append": _STORE,
}
_APPROVE = Choice(SendingPolicy.APPROVE, 20)
_SAYS_SENT = ("Sent", "Already sent", "Too late to stop it")
_NOT_KNOWN = "We do not know yet whether it left"
_LET_OUT = (Sent, Held, AlreadySent)


@dataclass
class Scenario:
    stores: dict[str, Any]
    mailbox: StrictMailbox = field(default_factory=lambda: StrictMailbox(holds_until=_HELD))
    clock: TurnedClock = field(default_factory=lambda: TurnedClock(NOW))
    faults_of_stores: dict[str, list[str]] = field(default_factory=dict)
    pressed: bool = False
    edited: bool = False
    by_hand: bool = False
    disturbed: bool = False
    path: str = ""
    tab: Tab = field(init=False)
    race: Race = field(init=False)

    def __post_init__(self) -> None:
        self.grant = new_grant()
        self.mailbox.write()

    def page(self, *, gated: bool = True) -> ApprovalPage:
        of = self.stores
        if gated:
            of = {name: Gated(one, name, self.race.point, self.faults_of_stores) for name, one in self.stores.items()}
        return ApprovalPage(of, self.mailbox, self.clock)

    async def begun(self) -> None:
        """The assistant has asked, and the owner has read the page."""
        await self.stores["grants"].put(self.grant)
        asked = await self.asks(gated=False)
        assert isinstance(asked, Waiting)
        self.path = asked.link
        self.tab = await self.page(gated=False).tab(self.path)
        assert self.tab.fields["digest"]

    async def asks(self, *, gated: bool = True) -> Any:
        """The assistant calls send_draft."""
        page = self.page(gated=gated)
        connection = page.sending.of(self.grant, self.mailbox, lambda: _APPROVE, page.asking())  # type: ignore[arg-type]
        return await answered(connection.send(SendRequest(DRAFT_ID, (ANN.email,))))

    async def undoes(self) -> Any:
        page = self.page()
        connection = page.sending.of(self.grant, self.mailbox, lambda: _APPROVE, page.asking())  # type: ignore[arg-type]
        return await answered(connection.undo(DRAFT_ID))

    async def sends(self) -> Any:
        self.pressed = True
        return await answered(self.page().press(self.tab, "send"))

    async def discards(self) -> Any:
        return await answered(self.page().press(self.tab, "discard"))

    async def looks(self) -> Any:
        return await answered(self.page().press(self.tab, "look"))

    async def stops(self) -> Any:
        return await answered(self.page().press(self.tab, "stop"))

    async def ends_it(self) -> Any:
        """Presses "I did not ask for this"."""
        return await answered(self.page().press(self.tab, "end"))

    async def disconnects(self) -> None:
        await self.race.point("disconnect")
        await self.stores["grants"].update(self.grant.id, retire(Reason.OWNER_DISCONNECTED, self.clock()))

    async def switches_off(self) -> None:
        await self.race.point("switch off")
        update = narrow(self.grant, frozenset({"emails:send"}))
        assert update is not None
        await self.stores["grants"].update(self.grant.id, update)

    async def edits(self) -> None:
        await self.race.point("edit")
        if DRAFT_ID in self.mailbox.drafts and self.mailbox.drafts[DRAFT_ID].is_draft:
            self.mailbox.edit()
            self.edited = True

    async def mail_program(self) -> None:
        await self.race.point("by hand")
        draft = self.mailbox.drafts.get(DRAFT_ID)
        if draft is not None and draft.is_draft and not self.out:
            self.mailbox.by_hand(DRAFT_ID)
            self.by_hand = True

    # The scheduler needs to know this.

    def faults(self, step: str) -> tuple[Any, ...]:
        return _FAULTS.get(step, ())

    def disturb(self, step: str, fault: Any) -> None:
        self.disturbed = True
        planned: dict[str, list[Any]] = self.faults_of_stores if "." in step else self.mailbox.faults  # type: ignore[assignment]
        planned.setdefault(step, []).append(fault)

    def tick(self) -> None:
        """The owner sends another mail."""
        self.disturbed = True
        self.mailbox.another_mail()

    @property
    def cancelled(self) -> bool:
        """Whether the provider has taken a message back."""
        return self.mailbox.cancelled

    @property
    def out(self) -> int:
        return len(self.mailbox.left) + len(self.mailbox.waiting)

    @property
    def may_send(self) -> bool:
        grant = self.stores["grants"]._grants[self.grant.id]
        return grant.state is GrantState.ACTIVE and "emails:send" in grant.scope.split()

    @property
    def approval(self) -> Approval:
        [approval] = self.stores["approvals"]._records.values()
        return approval

    def watch(self, _: Worker, step: str, act: Act) -> None:
        self.disturbed |= act is not Act.GO
        assert self.out <= 1, "never two mails"
        if self.out and not self.by_hand:
            assert self.pressed, "never without a press"
            assert self.approval.state is not ApprovalState.DISCARDED, f"never after a no ({step})"


async def answered(call: Any) -> Any:
    try:
        return await call
    except (MailboxError, StoreUnavailable) as error:
        return type(error).__name__


async def told(choices: Choices, left: Left, acts: tuple[str, ...], new: Callable[[], Scenario]) -> Scenario:
    scenario = new()
    await scenario.begun()
    programs: dict[str, Callable[[], Any]] = {
        "send": scenario.sends,
        "discard": scenario.discards,
        "look": scenario.looks,
        "stop": scenario.stops,
        "end": scenario.ends_it,
        "ask": scenario.asks,
        "undo": scenario.undoes,
        "disconnect": scenario.disconnects,
        "switch off": scenario.switches_off,
        "edit": scenario.edits,
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
        await scenario.race.run(choices, left)
        scenario.mailbox.before = nothing
        await told_to_the_owner(scenario)
        await told_to_the_assistant(scenario)
    except BaseException:
        print("\n".join(scenario.race.log))
        raise
    return scenario


async def told_to_the_owner(scenario: Scenario) -> None:
    """The page, read and looked at anew as it offers, says what is so."""
    page = scenario.page(gated=False)
    shown = await page.page(scenario.path)
    for _ in range(3):
        if "look" in shown.presses:
            scenario.clock.now += 61
            await page.press(_tab(scenario, shown), "look")
            shown = await page.page(scenario.path)
    if scenario.disturbed and not scenario.out and "stop" in shown.presses:
        # The process that stopped it died, or got no response: the page offers Stop again, which shows the outcome.
        await page.press(_tab(scenario, shown), "stop")
        shown = await page.page(scenario.path)
    says_sent = shown.title.startswith(_SAYS_SENT)
    if scenario.out and not scenario.by_hand:
        known = says_sent or shown.title == _NOT_KNOWN or not scenario.may_send
        assert known, f"it is sent, and the page says: {shown.title}"
        assert "Nothing was sent" not in said(shown), f"it is sent, and the page says: {said(shown)}"
        assert "it was not sent" not in said(shown)
    elif not scenario.by_hand:
        assert not says_sent, f"it is not sent, and the page says: {shown.title}"
    if scenario.may_send and shown.title == _NOT_KNOWN:
        assert scenario.disturbed
        again = await page.sending.approved(scenario.grant, scenario.mailbox, DRAFT_ID, scenario.approval.digest)  # type: ignore[arg-type]
        assert isinstance(again, Unknown), "the provider tells, and the page does not"


def said(shown: Rendered) -> str:
    what = shown.given.get("said")
    return "" if what is None else f"{what.stamp} {what.title}. {what.sentence}"


def _tab(scenario: Scenario, shown: Rendered) -> Tab:
    return Tab(scenario.path, {**scenario.tab.fields, "form": str(shown.given["form"])})


async def told_to_the_assistant(scenario: Scenario) -> None:
    state = scenario.approval.state
    came = await scenario.asks(gated=False)
    assert scenario.out <= 1, "never two mails"
    if not scenario.out:
        # A stop whose note was lost counts as sent, so that nothing is sent behind its back (row W-57).
        lost = scenario.disturbed and scenario.cancelled
        assert lost or not isinstance(came, _LET_OUT), f"it is not sent, and the assistant is told {came}"
    elif not scenario.edited:
        assert isinstance(came, (*_LET_OUT, Unknown)), f"it is sent, and the assistant is told {came}"
    if state is ApprovalState.DISCARDED and not scenario.edited and not scenario.out:
        assert scenario.approval.state is ApprovalState.DISCARDED, "a no holds"


def on_memory() -> Scenario:
    return Scenario(in_memory() | {"approvals": MemoryOwned()})


EXPLORED = [
    *in_short(
        ("send",),
        short=Left(kills=1, faults=1),
        left=Left(kills=1, faults=1, ticks=1),
        id="a press, a fault and a kill",
    ),
    pytest.param(("send",), Left(faults=2), id="a press and two faults"),
    pytest.param(("send", "send"), Left(preemptions=2), id="two tabs"),
    pytest.param(("send", "send"), Left(preemptions=1, kills=1), id="two tabs and a kill"),
    *in_short(("send", "send"), short=Left(faults=1), left=Left(preemptions=1, faults=1), id="two tabs and a fault"),
    pytest.param(("send", "discard"), Left(preemptions=2), id="yes and no"),
    pytest.param(("send", "discard"), Left(preemptions=1, faults=1), id="yes and no, and a fault"),
    pytest.param(("send", "discard"), Left(preemptions=1, kills=1), id="yes and no, and a kill"),
    pytest.param(("send", "look"), Left(preemptions=2), id="a press and a look"),
    *in_short(
        ("send", "look"),
        short=Left(faults=1),
        left=Left(preemptions=2, faults=1),
        id="a press, a look and a fault",
    ),
    *in_short(
        ("send", "look"), short=Left(kills=1), left=Left(preemptions=1, kills=1), id="a press, a look and a kill"
    ),
    *in_short(
        ("send", "look", "discard"),
        short=Left(preemptions=1),
        left=Left(preemptions=1, faults=1),
        id="a press, a look and a no",
    ),
    pytest.param(("send", "send", "ask"), Left(preemptions=1), id="two tabs and the assistant"),
    pytest.param(("send", "discard", "ask"), Left(preemptions=1), id="yes, no, and the assistant"),
    pytest.param(("send", "ask"), Left(preemptions=2), id="the assistant asks again"),
    *in_short(
        ("send", "ask"),
        short=Left(faults=1),
        left=Left(preemptions=1, faults=1),
        id="the assistant asks again, and a fault",
    ),
    pytest.param(("send", "ask"), Left(preemptions=1, kills=1), id="the assistant asks again, and a kill"),
    pytest.param(("discard", "ask"), Left(preemptions=2, kills=1), id="a no while the assistant asks"),
    pytest.param(("send", "disconnect"), Left(preemptions=1, kills=1), id="an end"),
    pytest.param(("send", "switch off"), Left(preemptions=1, faults=1), id="a narrowing"),
    pytest.param(("send", "end"), Left(preemptions=2), id="I did not ask for this"),
    pytest.param(("send", "edit"), Left(preemptions=1, kills=1), id="an edit and a kill"),
    pytest.param(("send", "edit", "ask"), Left(preemptions=1), id="an edit, and the assistant asks"),
    pytest.param(("send", "mail program"), Left(preemptions=1, faults=1), id="a mail program"),
    *in_short(
        ("send", "send"), short=Left(ticks=1), left=Left(preemptions=1, ticks=1), id="two tabs, and another mail"
    ),
    *in_short(("send", "stop"), short=Left(faults=1), left=Left(preemptions=1, faults=1), id="sent and stopped"),
    pytest.param(("send", "stop"), Left(preemptions=1, kills=1), id="sent and stopped, and a kill"),
    pytest.param(("send", "undo"), Left(preemptions=2), id="sent, and stopped by the assistant"),
    pytest.param(("send", "undo"), Left(preemptions=1, kills=1), id="sent, stopped by the assistant, and a kill"),
]


@pytest.mark.row("W-64")
@pytest.mark.parametrize(("acts", "left"), EXPLORED)
async def test_no_order_of_presses_makes_two_mails_or_one_without_consent_or_an_untrue_page(
    acts: tuple[str, ...], left: Left, record_property: Callable[[str, object], None]
) -> None:
    record_property("schedules", await explore(acts, left, on_memory))


async def explore(acts: tuple[str, ...], left: Left, new: Callable[[], Scenario]) -> int:
    """How many schedules there are."""
    count = sent = 0

    async def run(choices: Choices) -> Scenario:
        return await told(choices, left, acts, new)

    async for scenario in schedules(run, maximum=20_000):
        count += 1
        sent += bool(scenario.out)
    print(f"{count} schedules of {', '.join(acts)} with {left}: {sent} end with one mail")
    return count
