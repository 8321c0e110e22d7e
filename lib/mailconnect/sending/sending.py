"""Sending for the tools and the approval page: by the owner's policy, by the owner's approval, and undo."""

from collections.abc import Callable
from dataclasses import dataclass, field

from mailconnect.audit import Audit
from mailconnect.clock import Clock, Entropy
from mailconnect.grants.grant import Grant
from mailconnect.grants.sending import Choice, SendingPolicy
from mailconnect.mail.draft.draft import Draft
from mailconnect.mail.draft.errors import UnknownDraft
from mailconnect.mail.port import Mail
from mailconnect.sending.approvals import Approvals, Word
from mailconnect.sending.attempts import AttemptLedger, message_key
from mailconnect.sending.digest import digest
from mailconnect.sending.limits import RECIPIENTS, SendingLimits
from mailconnect.sending.outcome import (
    AlreadySent,
    By,
    Changed,
    Discarded,
    Limited,
    NotSent,
    Outcome,
    SendingLimit,
    Waiting,
)
from mailconnect.sending.policy import at_once, untrusted
from mailconnect.sending.send import OutgoingMessage, SendOnce
from mailconnect.store.audit import Actor, What
from mailconnect.store.counters import Counters
from mailconnect.store.grants import Grants
from mailconnect.store.ledger import Ledger

HOLD = 60
"""Seconds that a message is held back unless the caller says otherwise: a person reads a chat later than a toast."""

_HOUR = 3600

_LATER_BY_APPROVAL = NotSent(
    "A message that waits for its owner leaves when they press Send, so sendAt does not go with it. "
    "Call send_draft again without sendAt. Nothing was sent."
)


@dataclass(frozen=True, slots=True)
class SendRequest:
    """An assistant's request to send. `recipients` are the addresses that it repeats. `hold` is in seconds; `is_timed`
    says that it follows from a named time, and is not only the time in which to undo.
    """

    draft_id: str
    recipients: tuple[str, ...] = field(repr=False)
    hold: int = HOLD
    is_timed: bool = False


@dataclass(frozen=True, slots=True)
class Sending:
    """Composed once a process."""

    grants: Grants
    ledger: Ledger
    counters: Counters
    audit: Audit
    clock: Clock
    entropy: Entropy

    def of(
        self, grant: Grant, mail: Mail, choice: Callable[[], Choice], approvals: Approvals | None
    ) -> "ConnectionSending":
        """`choice` is the owner's, verified; it may raise GrantError. Without `approvals`, what needs one stays."""
        return ConnectionSending(self, grant, mail, choice, approvals)

    @property
    def once(self) -> SendOnce:
        return SendOnce(self.grants, AttemptLedger(self.ledger), self.audit, self.clock, self.entropy)

    @property
    def limits(self) -> SendingLimits:
        return SendingLimits(self.counters, self.clock)

    async def approved(self, grant: Grant, mail: Mail, draft_id: str, seen: str, *, hold: int = HOLD) -> Outcome:
        """The owner has read the message of digest `seen`, and pressed Send. Changed where it is another one by now.

        Call it again for the same press as often as needed: the message is sent once. Raises MailboxError and
        StoreUnavailable: then nothing was submitted by this call.
        """

        async def as_seen(draft: Draft) -> By | Outcome:
            return By.APPROVAL if digest(draft) == seen else Changed()

        return await self.once.send(OutgoingMessage(grant, mail, draft_id, hold), as_seen)

    async def undo(self, grant: Grant, mail: Mail, draft_id: str, actor: Actor = Actor.OWNER) -> bool:
        """Whether the message was taken back, and lies among the drafts. False where it is a draft that was never
        submitted. Raises NothingWaits where it has left; MailboxError, StoreUnavailable.
        """
        try:
            draft = await mail.draft(draft_id)
        except UnknownDraft:
            draft = None
        if draft is not None and draft.is_draft and not (await mail.submissions(draft_id)).waiting:
            return False
        await mail.cancel(draft_id)
        if draft is not None:
            attempts = AttemptLedger(self.ledger)
            now = self.clock()
            found = await attempts.of(message_key(grant.owner, draft), now)
            await attempts.undo(found, now)
        await self.audit.of_grant(What.SEND_UNDONE, grant, actor)
        return True

    async def was_called_back(self, grant: Grant, draft: Draft) -> bool:
        """Whether it was sent, and each sending of it was taken back. Raises StoreUnavailable."""
        found = await AttemptLedger(self.ledger).of(message_key(grant.owner, draft), self.clock())
        return any(one.undone for one in found.all) and not any(one.may_be_out for one in found.all)


@dataclass(frozen=True, slots=True)
class ConnectionSending:
    """Of one connection, for the length of one request."""

    of: Sending
    grant: Grant
    mail: Mail = field(repr=False)
    choice: Callable[[], Choice] = field(repr=False)
    approvals: Approvals | None = field(default=None, repr=False)

    async def send(self, request: SendRequest) -> Outcome:
        """At the assistant's word, as far as the owner's policy lets it. Raises MailboxError and StoreUnavailable: then
        nothing was submitted by this call.
        """
        counted = False

        async def consent(draft: Draft) -> By | Outcome:
            nonlocal counted
            addresses = [*dict.fromkeys(one.email.lower() for one in draft.recipients)]
            if {*addresses} != {one.strip().lower() for one in request.recipients}:
                return Changed(tuple(addresses))
            if len(addresses) > RECIPIENTS:
                return await self._limited(Limited(SendingLimit.RECIPIENTS, RECIPIENTS))
            choice = self.choice()
            new_recipients: list[str] = []
            if choice.policy is not SendingPolicy.APPROVE:
                new_recipients = untrusted(addresses, await self.mail.acquaintance(draft.recipients))
            word = at_once(choice.policy, new_recipients)
            if word is None or not draft.is_of_an_assistant:
                # A draft that the owner wrote in a mail program may be unfinished, or not meant to be sent.
                return await self._ask(draft, request)
            if not counted:
                limited = await self.of.limits.send(self.grant.id, a_day=choice.a_day, new=len(new_recipients))
                if limited is not None:
                    return await self._limited(limited)
                counted = True
            return word

        message = OutgoingMessage(self.grant, self.mail, request.draft_id, request.hold, is_timed=request.is_timed)
        return await self.of.once.send(message, consent)

    async def undo(self, draft_id: str) -> bool:
        """As Sending.undo."""
        undone = await self.of.undo(self.grant, self.mail, draft_id, Actor.ASSISTANT)
        if undone and self.approvals is not None:
            await self.approvals.called_back(self.grant, draft_id)
        return undone

    async def _ask(self, draft: Draft, request: SendRequest) -> Outcome:
        """Asks the owner, or returns the owner's decision. Sends nothing itself."""
        if self.approvals is None:
            return NotSent("Each message waits for its owner here, and this service cannot ask them. Nothing was sent.")
        if request.is_timed:
            return _LATER_BY_APPROVAL
        seen = digest(draft)
        word = await self.approvals.look(self.grant, draft.id, seen)
        if word is Word.SENT and await self.of.was_called_back(self.grant, draft):
            await self.approvals.called_back(self.grant, draft.id)
            word = Word.NONE
        match word:
            case Word.SENT:
                return AlreadySent()
            case Word.DISCARDED:
                return Discarded()
            case Word.WAITING:
                pass
            case Word.NONE | Word.EXPIRED:
                limited = await self.of.limits.ask(self.grant.id)
                if limited is not None:
                    return await self._limited(limited)
        asked = await self.approvals.ask(self.grant, draft, seen)
        return Waiting(asked.link, asked.expires, again=word is Word.WAITING)

    async def _limited(self, limited: Limited) -> Limited:
        await self.of.audit.of_grant_once(What.SEND_LIMITED, self.grant, Actor.SERVICE, _HOUR, limited.limit)
        return limited
