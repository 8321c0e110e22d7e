"""A draft on its way out: what is submitted, what the provider says of it, and what still waits."""

from datetime import datetime
from enum import StrEnum

from mailconnect.encoding.discreet import Discreet


class WaitingSubmission(Discreet, frozen=True):
    """A submission that the provider holds back. `send_at` is None where it names no readable time."""

    id: str
    send_at: datetime | None


class Submissions(Discreet, frozen=True):
    """The provider's submissions of one message. `state` changes with every submission of the account, and with nothing
    else: what is submitted in an older state is refused. `waiting` are those of this message that can be taken back.
    `has_left`: the provider remembers that it was sent; not every provider does. `trash` is the mailbox of that role.
    """

    state: str
    waiting: tuple[WaitingSubmission, ...] = ()
    has_left: bool = False
    trash: str | None = None


class NewSubmission(Discreet, frozen=True):
    """A draft to be sent. `sender` and `recipients` are bare addresses, of the envelope; `state` is that of
    Submissions. `hold` is in seconds, 0 for at once: a provider holds it for less if it must, unless it `must_hold`.
    """

    draft_id: str
    sender: str
    recipients: tuple[str, ...]
    state: str
    hold: int = 0
    must_hold: bool = False


class Submitted(Discreet, frozen=True):
    """The provider has taken it. `until`: it is held until then, which its response proves; None where it has left.
    `is_filed`: it lies among the sent, and is no draft any more.
    """

    id: str
    until: datetime | None
    is_filed: bool


class RefusalReason(StrEnum):
    """Why a provider took nothing (RFC 8621 §7.5). The words on the wire are not always the reason: one provider says
    `tooManyRecipients` of a single recipient that was refused."""

    RECIPIENTS = "recipients"
    SENDER = "sender"
    FORBIDDEN = "forbidden"
    MESSAGE = "message"
    GONE = "gone"
    QUOTA = "quota"
    OTHER = "other"
