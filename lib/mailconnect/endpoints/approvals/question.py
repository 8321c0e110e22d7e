"""The question's rows: each recipient as known or new, and the message's lines with what has changed."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from mailconnect.approvals.displayed_draft import DisplayedDraft
from mailconnect.languages.words import marked
from mailconnect.mail.acquaintance import Acquaintance
from mailconnect.mail.address import Address

MANY = 5
"""Recipients; of more, their number is said above them."""

_NAMED = 3
"""New addresses that the tick names one by one."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """`why` says why the address counts as known or new, `careful` that it could be taken for another one."""

    email: str
    name: str
    known: bool
    why: str
    careful: str = ""
    changed: bool = False


@dataclass(frozen=True, slots=True)
class QuestionRow:
    label: str
    recipients: tuple[Recipient, ...]


@dataclass(frozen=True, slots=True)
class ShownLine:
    text: str = field(repr=False)
    changed: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    displayed: DisplayedDraft
    rows: tuple[QuestionRow, ...]
    changed: frozenset[str] = frozenset()

    @property
    def recipients(self) -> tuple[Recipient, ...]:
        """Each address once."""
        return tuple({one.email.lower(): one for row in self.rows for one in row.recipients}.values())

    @property
    def new(self) -> tuple[Recipient, ...]:
        return tuple(one for one in self.recipients if not one.known)

    @property
    def many(self) -> bool:
        return len(self.recipients) > MANY

    @property
    def named(self) -> bool:
        """Whether the tick names the new addresses."""
        return len(self.new) <= _NAMED

    @property
    def subject_changed(self) -> bool:
        return f"subject {self.displayed.subject}" in self.changed

    def lines(self, text: str) -> list[ShownLine]:
        return [ShownLine(line, f"text {line.strip()}" in self.changed) for line in text.split("\n")]

    def file_changed(self, name: str, size: int) -> bool:
        return f"file {name} {size}" in self.changed


def question(
    displayed: DisplayedDraft, acquaintances: Mapping[str, Acquaintance] | None, changed: frozenset[str] = frozenset()
) -> Question:
    """Without acquaintances, which could not be asked for, each address counts as new."""

    def row(label: str, kind: str, addresses: tuple[Address, ...]) -> QuestionRow:
        return QuestionRow(label, tuple(_recipient(one, kind, acquaintances, changed) for one in addresses))

    rows = (
        row(marked("To"), "to", displayed.to),
        row(marked("Copy"), "cc", displayed.cc),
        # Translators: recipients whom the others do not see (Bcc).
        row(marked("Hidden copy"), "bcc", displayed.bcc),
    )
    return Question(displayed, tuple(one for one in rows if one.recipients), changed)


def _recipient(
    address: Address, kind: str, acquaintances: Mapping[str, Acquaintance] | None, changed: frozenset[str]
) -> Recipient:
    email = address.email
    about = None if acquaintances is None else acquaintances.get(email.lower(), Acquaintance())
    return Recipient(
        email,
        address.name,
        about is not None and about.is_trusted,
        _why(about),
        about.similar if about is not None and not about.is_trusted else "",
        f"{kind} {email.lower()}" in changed,
    )


def _why(about: Acquaintance | None) -> str:
    """Without the name in the draft, which its writer chose: it would pass for the name in the contacts."""
    if about is None:
        return marked("We could not look whether you know this address.")
    if about.is_own:
        return marked("Your own address.")
    if about.in_contacts:
        return marked("In your contacts.")
    if about.you_wrote:
        return marked("You have written to this address before.")
    if about.they_wrote:
        return marked("They have written to you. You have never written to this address.")
    return marked("You have never written to this address.")
