"""Port: messages that wait for their owner's word (mailconnect.approvals implements it)."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from mailconnect.grants.grant import Grant
from mailconnect.mail.draft.draft import Draft


class Word(StrEnum):
    """What the owner has said of one message, as it was shown: by its digest."""

    NONE = "none"  # never asked, or it was edited since
    WAITING = "waiting"
    SENT = "sent"
    DISCARDED = "discarded"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Asked:
    """`link` is where the owner reads the message and decides; `expires`: seconds since the epoch."""

    link: str = field(repr=False)
    expires: int


class Approvals(Protocol):
    """Each method raises StoreUnavailable: then nothing is sent."""

    async def ask(self, grant: Grant, draft: Draft, digest: str) -> Asked:
        """A link for the owner; the same one while it waits. Nothing of the message is kept but its id and digest."""
        ...

    async def look(self, grant: Grant, draft_id: str, digest: str) -> Word:
        """What the owner has said of this very message."""
        ...

    async def called_back(self, grant: Grant, draft_id: str) -> None:
        """The assistant has stopped the message that its owner had sent: it may be asked about anew."""
        ...
