"""The outcomes of sending a message."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from mailconnect.mail.draft.submission import RefusalReason


class By(StrEnum):
    """The permission under which a message leaves: the owner's approval, or a policy. The history has these names."""

    APPROVAL = "approve"
    KNOWN = "known"
    FREE = "free"


@dataclass(frozen=True, slots=True)
class Sent:
    """It has left and cannot be called back. `recipients` counts them. `too_early`: it was to be held until a time that
    was named, and the provider has sent it at once.
    """

    recipients: int
    too_early: bool = False


@dataclass(frozen=True, slots=True)
class Held:
    """The provider holds it until then, by its own response; None where it named no readable time."""

    until: datetime | None
    recipients: int


@dataclass(frozen=True, slots=True)
class AlreadySent:
    """It was sent before. It is sent once."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """It waits for the owner, who reads it and decides at `link`. `expires`: seconds since the epoch. `again`: it has
    waited before this call.
    """

    link: str = field(repr=False)
    expires: int
    again: bool = False


@dataclass(frozen=True, slots=True)
class Discarded:
    """The owner has discarded this message."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """It may have left. It is not sent again; the next look may tell."""


@dataclass(frozen=True, slots=True)
class Changed:
    """It is not the message that was seen, or not to these recipients. Nothing was sent."""

    recipients: tuple[str, ...] = field(default=(), repr=False)


class SendingLimit(StrEnum):
    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"
    RECIPIENTS = "recipients"
    NEW_RECIPIENTS = "new recipients"


@dataclass(frozen=True, slots=True)
class Limited:
    """Refused by a limit of ours, of at most `maximum`. `wait` is in seconds, 0 where waiting does not help."""

    limit: SendingLimit
    maximum: int
    wait: int = 0


class Obstacle(StrEnum):
    """Why a message was not tried. What the provider refuses: mailconnect.mail.draft.submission.RefusalReason."""

    INCOMPLETE = "incomplete"
    TRASHED = "trashed"
    OVERTAKEN = "overtaken"


@dataclass(frozen=True, slots=True)
class NotSent:
    """Nothing was sent, and why, as a sentence of ours for the model. `cause` is for words to the owner."""

    why: str
    cause: RefusalReason | Obstacle = RefusalReason.OTHER


@dataclass(frozen=True, slots=True)
class NoLonger:
    """The connection ended, or may not send any more. Nothing was sent."""


Outcome = Sent | Held | AlreadySent | Waiting | Discarded | Unknown | Changed | Limited | NotSent | NoLonger
