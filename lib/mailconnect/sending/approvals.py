"""Port: messages that wait for their owner's approval (mailconnect.approvals implements it)."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from mailconnect.grants.grant import Grant
from mailconnect.mail.draft.draft import Draft


class Word(StrEnum):
    """The owner's decision on one message as it was shown, named by its digest."""

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
        """A link for the owner; it stays the same while the message waits. No text of the message is stored."""
        ...

    async def look(self, grant: Grant, draft_id: str, digest: str) -> Word:
        """The owner's decision on the message of this digest."""
        ...

    async def called_back(self, grant: Grant, draft_id: str) -> None:
        """The assistant has stopped a message that its owner had approved. The owner may be asked about it again."""
        ...
