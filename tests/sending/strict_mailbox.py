"""The mail port of one owner with one draft, as strict as a provider can be, for every order of steps.

`before` is awaited before each request, with its name. `faults` are taken in order, by that name.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, auto

from mailconnect.mail.acquaintance import Acquaintance
from mailconnect.mail.address import Address
from mailconnect.mail.change import Patch
from mailconnect.mail.draft.draft import DRAFT, Draft
from mailconnect.mail.draft.errors import NothingWaits, StateMoved, SubmissionRefused, UnknownDraft
from mailconnect.mail.draft.submission import NewSubmission, RefusalReason, Submissions, Submitted, WaitingSubmission
from mailconnect.mail.errors import NotAnswering, Throttled, Unreachable
from tests.provider.strict_provider import nothing

ALICE, ANN = Address("Alice", "alice@sandbox.test"), Address("Ann", "ann@example.org")


class Trouble(Enum):
    LOST = auto()
    """It was done, and the response is lost."""
    NOT_HEARD = auto()
    """The response is lost, and it was not done."""
    UNFILED = auto()
    """It was submitted; the provider crashed before it filed the message, and did not respond."""
    UNREACHABLE = auto()
    THROTTLED = auto()


_BEFORE = {Trouble.NOT_HEARD: NotAnswering, Trouble.UNREACHABLE: Unreachable, Trouble.THROTTLED: Throttled}


@dataclass
class StrictMailbox:
    before: Callable[[str], Awaitable[None]] = nothing
    faults: dict[str, list[Trouble]] = field(default_factory=dict)
    state: int = 1
    drafts: dict[str, Draft] = field(default_factory=dict)
    waiting: dict[str, str] = field(default_factory=dict)
    """Submissions that are held, by the draft's id."""
    left: list[str] = field(default_factory=list)
    """Message-IDs, once for each mail."""
    known: frozenset[str] = frozenset()
    holds_until: datetime | None = None
    """Its claim about a hold."""
    heeds_state: bool = True
    cancelled: bool = False
    """Whether anything was ever taken back."""

    def write(self, text: str = "Hi.", *, ident: str = "M1", message_id: str = "mc.m@sandbox.test") -> Draft:
        draft = Draft(
            id=ident,
            account_id="u1",
            message_id=message_id,
            sender=(ALICE,),
            to=(ANN,),
            subject="Hello",
            plain=text,
            keywords=frozenset({DRAFT}),
            mailbox_ids=("drafts",),
            bytes_id=f"G{ident}{text}",
        )
        self.drafts[ident] = draft
        return draft

    def another_mail(self) -> None:
        """The owner sends something else."""
        self.state += 1

    def by_hand(self, draft_id: str) -> None:
        """The owner sends it in a mail program."""
        self._leave(self.drafts[draft_id])
        self._file(draft_id)

    def edit(self) -> Draft:
        """A new edition, in the place of the old one."""
        self.drafts.pop("M1", None)
        return self.write("Something else.", ident="M2")

    async def submissions(self, draft_id: str) -> Submissions:
        await self._asked("submissions")
        held = self.waiting.get(draft_id)
        return Submissions(str(self.state), (WaitingSubmission(held, self.holds_until),) if held else (), trash="trash")

    async def draft(self, draft_id: str) -> Draft:
        await self._asked("draft")
        if draft_id not in self.drafts:
            raise UnknownDraft
        return self.drafts[draft_id]

    async def edition(self, message_id: str) -> Draft | None:
        await self._asked("edition")
        found = (one for one in self.drafts.values() if one.message_id == message_id and one.is_draft)
        return next((one for one in found if one.mailbox_ids != ("trash",)), None)

    async def change(self, ids: Sequence[str], patch: Patch) -> None:
        await self._asked("change")
        assert patch.move_to == "trash"
        for one in ids:
            self.drafts[one] = _keyed(self.drafts[one], self.drafts[one].keywords, "trash")

    async def acquaintance(self, addresses: Sequence[Address]) -> Mapping[str, Acquaintance]:
        await self._asked("acquaintance")
        return {one.email: Acquaintance(you_wrote=one.email in self.known) for one in addresses}

    async def submit(self, new: NewSubmission) -> Submitted:
        trouble = await self._asked("submit")
        draft = self.drafts.get(new.draft_id)
        if self.heeds_state and new.state != str(self.state):
            raise StateMoved
        if draft is None:
            raise SubmissionRefused(why=RefusalReason.GONE)
        self.state += 1
        if new.hold:
            self.waiting[draft.id] = f"S{self.state}"
        else:
            self._leave(draft, moves=False)
        if trouble is not Trouble.UNFILED:
            self._file(draft.id)
        if trouble is not None:
            raise NotAnswering
        return Submitted(f"S{self.state}", self.holds_until if new.hold else None, is_filed=True)

    async def cancel(self, draft_id: str) -> None:
        trouble = await self._asked("cancel")
        if draft_id not in self.waiting:
            raise NothingWaits
        del self.waiting[draft_id]
        self.cancelled = True
        self.state += 1
        self.drafts[draft_id] = _keyed(self.drafts[draft_id], frozenset({DRAFT}), "drafts")
        if trouble is not None:
            raise NotAnswering

    def time_passes(self) -> None:
        """The held message leaves."""
        for draft_id in [*self.waiting]:
            del self.waiting[draft_id]
            self._leave(self.drafts[draft_id])

    def _leave(self, draft: Draft, *, moves: bool = True) -> None:
        self.left.append(draft.message_id)
        self.state += moves

    def _file(self, draft_id: str) -> None:
        self.drafts[draft_id] = _keyed(self.drafts[draft_id], frozenset(), "sent")

    async def _asked(self, name: str) -> Trouble | None:
        """The trouble that shows only afterwards."""
        await self.before(name)
        planned = self.faults.get(name, [])
        trouble = planned.pop(0) if planned else None
        if trouble in _BEFORE:
            raise _BEFORE[trouble]
        return trouble


def _keyed(draft: Draft, keywords: frozenset[str], mailbox: str) -> Draft:
    fields = {name: getattr(draft, name) for name in draft.__struct_fields__}
    return Draft(**(fields | {"keywords": keywords, "mailbox_ids": (mailbox,)}))
