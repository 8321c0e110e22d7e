"""The port's one implementation: a mailbox, and the sending that sends once (mailconnect.sending)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from mailconnect.approvals.port import ApprovalOutcome, ApprovalResult
from mailconnect.approvals.refusals import REFUSALS, TOO_MANY
from mailconnect.grants.grant import Grant
from mailconnect.mail.acquaintance import Acquaintance
from mailconnect.mail.address import Address
from mailconnect.mail.change import Patch
from mailconnect.mail.draft.draft import Draft
from mailconnect.mail.draft.errors import NothingWaits, UnknownDraft
from mailconnect.mail.port import Mail
from mailconnect.sending import outcome
from mailconnect.sending.sending import Sending

SCOPES = frozenset({"emails:metadata", "drafts:write", "emails:send", "emails:organize", "contacts:read"})
"""What an approval link's page asks the provider for, in the owner's name: the draft, who is known, to send or to put
into the trash. The assistant has no part in it, so it is not bounded by what the assistant may do.
"""


@dataclass(frozen=True, slots=True)
class MailOutgoing:
    grant: Grant
    mail: Mail = field(repr=False)
    sending: Sending

    async def draft(self, draft_id: str, message_id: str) -> Draft:
        try:
            return await self.mail.draft(draft_id)
        except UnknownDraft:
            edited = await self.mail.edition(message_id) if message_id else None
            if edited is None:
                raise
            return edited

    async def acquaintance(self, addresses: Sequence[Address]) -> Mapping[str, Acquaintance]:
        return await self.mail.acquaintance(addresses)

    async def send(self, draft: Draft, digest: str) -> ApprovalResult:
        match await self.sending.approved(self.grant, self.mail, draft.id, digest):
            case outcome.Sent() | outcome.AlreadySent():
                return ApprovalResult(outcome=ApprovalOutcome.SENT)
            case outcome.Held(until=until):
                return ApprovalResult(
                    outcome=ApprovalOutcome.SENT, stoppable_until=None if until is None else int(until.timestamp())
                )
            case outcome.Changed():
                return ApprovalResult(outcome=ApprovalOutcome.CHANGED)
            case outcome.NotSent(cause=cause):
                return ApprovalResult(outcome=ApprovalOutcome.REFUSED, why=REFUSALS[cause])
            case outcome.NoLonger():
                return ApprovalResult(outcome=ApprovalOutcome.GONE)
            case outcome.Limited():
                return ApprovalResult(outcome=ApprovalOutcome.REFUSED, why=TOO_MANY)
            case _:
                return ApprovalResult(outcome=ApprovalOutcome.UNKNOWN)

    async def undo(self, draft_id: str) -> bool:
        try:
            await self.sending.undo(self.grant, self.mail, draft_id)
        except NothingWaits:
            return False
        return True

    async def is_back(self, draft_id: str) -> bool:
        draft = await self.mail.draft(draft_id)
        return draft.is_draft and await self.sending.was_called_back(self.grant, draft)

    async def trash(self, draft_id: str) -> None:
        await self.mail.change([draft_id], Patch(move_to="trash"))
