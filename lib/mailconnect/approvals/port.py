"""Port: one owner's outgoing mail, as an approval link opens it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from mailconnect.mail.acquaintance import Acquaintance
from mailconnect.mail.address import Address
from mailconnect.mail.draft.draft import Draft


class ApprovalOutcome(StrEnum):
    SENT = "sent"
    CHANGED = "changed"  # the draft is not what the digest is of; nothing was sent
    GONE = "gone"  # the connection has ended, or may not send any more; nothing was sent
    REFUSED = "refused"  # the provider or a limit refused it; nothing was sent
    UNKNOWN = "unknown"  # the response was lost; another look finds out


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalResult:
    """`stoppable_until` is the end of a hold that the provider proved. `why` is a marked sentence for
    the owner, where it was refused.
    """

    outcome: ApprovalOutcome
    stoppable_until: int | None = None
    why: str = ""


class Outgoing(Protocol):
    """Every method may raise MailboxError and GrantError."""

    async def draft(self, draft_id: str, message_id: str) -> Draft:
        """As the provider stores it now. An edited draft has another id, and is found by its Message-ID.

        Raises UnknownDraft.
        """
        ...

    async def acquaintance(self, addresses: Sequence[Address]) -> Mapping[str, Acquaintance]:
        """Of each address, by its email in small letters."""
        ...

    async def send(self, draft: Draft, digest: str) -> ApprovalResult:
        """Sends the draft once, however often this is called, and only if it is what `digest` is of.

        After UNKNOWN, the same call looks and does not send a second time. A raised MailboxError or StoreUnavailable
        says that this call has submitted nothing.
        """
        ...

    async def undo(self, draft_id: str) -> bool:
        """Whether it was called back, and is in the drafts again."""
        ...

    async def is_back(self, draft_id: str) -> bool:
        """Whether it was sent and called back, by any program, and is in the drafts again. Raises StoreUnavailable."""
        ...

    async def trash(self, draft_id: str) -> None:
        """Puts a draft into the trash."""
        ...
