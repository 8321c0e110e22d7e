"""Sending one message, once: whatever is killed, repeated, raced or lost on the way (docs/decisions/0030).

1. Look: what the provider has of the message, the draft, and the record of earlier attempts.
2. The owner's word: the policy, or the approval of this very digest.
3. Note the attempt, with the state of the provider's submissions that was read in 1.
4. Submit, if that state is still the same: the provider makes one submission in one state.
5. Note what became of it. Where no answer came, nothing is noted, and the next look settles it.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from mailconnect import pseudonyms
from mailconnect.audit import Audit
from mailconnect.clock import Clock, Entropy
from mailconnect.grants.grant import Grant, GrantState
from mailconnect.grants.sending import SEND
from mailconnect.mail.draft.draft import Draft
from mailconnect.mail.draft.errors import NotHeld, StateMoved, SubmissionRefused, UnknownDraft
from mailconnect.mail.draft.submission import NewSubmission, RefusalReason, Submissions
from mailconnect.mail.errors import MailboxError, NotAllowed, Throttled, Unauthorized, Unreachable
from mailconnect.mail.port import Mail
from mailconnect.sending.attempts import NOT_SENT, SENT, AttemptLedger, Attempts, SendingAttempt, message_key
from mailconnect.sending.outcome import AlreadySent, By, Held, NoLonger, NotSent, Obstacle, Outcome, Sent, Unknown
from mailconnect.store.audit import Actor, What
from mailconnect.store.errors import StoreUnavailable
from mailconnect.store.grants import Grants

_ROUNDS = 3
_MARK_BYTES = 8

_NOTHING_SUBMITTED = (NotAllowed, NotHeld, SubmissionRefused, Throttled, Unauthorized, Unreachable)
"""Errors that prove that the provider took nothing."""

_NOT_COMPLETE = NotSent(
    "The draft has no recipient, or not exactly one sender. Write it again with write_draft.", Obstacle.INCOMPLETE
)
_TRASHED = NotSent(
    "The draft lies in the trash, so it is not sent. Ask the person; write it anew if they want it.", Obstacle.TRASHED
)
_GONE = NotSent("There is no draft with this draftId any more. Nothing was sent.", RefusalReason.GONE)
_OVERTAKEN = NotSent("Other messages were sent at the same moment, so this one was not. Try again.", Obstacle.OVERTAKEN)

Consent = Callable[[Draft], Awaitable[By | Outcome]]
"""Returns the permission under which this message leaves now, or else its outcome. Called before each attempt."""


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """A message that one connection wants to send. `hold` is in seconds; unless `is_timed`, a shorter one will do."""

    grant: Grant
    mail: Mail = field(repr=False)
    draft_id: str
    hold: int
    is_timed: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    draft: Draft
    submissions: Submissions
    attempts: Attempts

    @property
    def recipients(self) -> tuple[str, ...]:
        """Each address once, as the envelope has them."""
        return tuple({one.email.lower(): one.email for one in self.draft.recipients}.values())


@dataclass(frozen=True, slots=True)
class SendOnce:
    grants: Grants
    attempts: AttemptLedger
    audit: Audit
    clock: Clock
    entropy: Entropy

    async def send(self, message: OutgoingMessage, consent: Consent) -> Outcome:
        """Raises MailboxError and StoreUnavailable: then nothing was submitted by this call."""
        for _ in range(_ROUNDS):
            found = await self._look(message)
            if isinstance(found, NotSent):
                return found
            settled = await self._settled(message, found)
            if settled is not None:
                return settled
            word = await consent(found.draft)
            if not isinstance(word, By):
                return word
            outcome = await self._attempt(message, found, word)
            if outcome is not None:
                return outcome
        return _OVERTAKEN

    async def _look(self, message: OutgoingMessage) -> Found | NotSent:
        submissions = await message.mail.submissions(message.draft_id)  # the state before the draft
        try:
            draft = await message.mail.draft(message.draft_id)
        except UnknownDraft:
            return _GONE
        attempts = await self.attempts.of(message_key(message.grant.owner, draft), self.clock())
        return Found(draft, submissions, attempts)

    async def _settled(self, message: OutgoingMessage, found: Found) -> Outcome | None:
        """The outcome that the provider and the record show already; None if the message may be sent."""
        draft, submissions, attempts = found.draft, found.submissions, found.attempts
        if submissions.waiting:
            await self._was_sent(message, found)
            return Held(submissions.waiting[0].send_at, len(found.recipients))
        if not draft.is_draft or submissions.has_left:
            await self._was_sent(message, found)
            return AlreadySent()
        if attempts.was_sent:
            return AlreadySent()
        if not attempts.may_begin(submissions.state, self.clock()):
            return Unknown()
        if len(draft.sender) != 1 or not draft.sender[0].email or not found.recipients:
            return _NOT_COMPLETE
        if submissions.trash is not None and draft.mailbox_ids == (submissions.trash,):
            return _TRASHED
        return None

    async def _was_sent(self, message: OutgoingMessage, found: Found) -> None:
        """Ends the attempts whose responses were lost."""
        for number, one in enumerate(found.attempts.all):
            if one.ended is None and not one.undone:
                await self.attempts.end(found.attempts, number, SENT, self.clock())
                await self._in_history(message, found, one)

    async def _attempt(self, message: OutgoingMessage, found: Found, word: By) -> Outcome | None:
        """None if another submission came between: the caller looks again."""
        mine = self._new_attempt(message, found, word)
        if not await self.attempts.begin(found.attempts, mine, self.clock()):
            return None
        number = len(found.attempts.all)
        try:
            allowed = await self._still_allowed(message.grant, word)
        except StoreUnavailable:
            await self.attempts.end(found.attempts, number, NOT_SENT, self.clock())
            raise
        if not allowed:
            await self.attempts.end(found.attempts, number, NOT_SENT, self.clock())
            return NoLonger()
        new = NewSubmission(
            draft_id=message.draft_id,
            sender=found.draft.sender[0].email,
            recipients=found.recipients,
            state=found.submissions.state,
            hold=message.hold,
            must_hold=message.is_timed,
        )
        try:
            submitted = await message.mail.submit(new)
        except StateMoved:
            await self.attempts.end(found.attempts, number, NOT_SENT, self.clock())
            return None
        except SubmissionRefused as refused:
            await self.attempts.end(found.attempts, number, NOT_SENT, self.clock())
            return NotSent(refused.text, refused.why)
        except _NOTHING_SUBMITTED:
            await self.attempts.end(found.attempts, number, NOT_SENT, self.clock())
            raise
        except MailboxError:
            return Unknown()
        await self.attempts.end(found.attempts, number, SENT, self.clock())
        await self._in_history(message, found, mine)
        if submitted.until is not None:
            return Held(submitted.until, len(found.recipients))
        return Sent(len(found.recipients), too_early=message.is_timed)

    def _new_attempt(self, message: OutgoingMessage, found: Found, word: By) -> SendingAttempt:
        return SendingAttempt(
            state=found.submissions.state,
            mark=self.entropy(_MARK_BYTES).hex(),
            at=self.clock(),
            grant=pseudonyms.grant_hash(message.grant.id),
            word=f"{word} {len(found.recipients)}",
        )

    async def _still_allowed(self, grant: Grant, word: By) -> bool:
        """Whether the connection may send at this moment: it may have ended, or been narrowed, since the call came."""
        now = await self.grants.get(grant.id)
        if now is None or now.state is not GrantState.ACTIVE or not now.alive(self.clock()):
            return False
        return SEND in now.scope.split() and (word is By.APPROVAL or now.sending == grant.sending)

    async def _in_history(self, message: OutgoingMessage, found: Found, attempt: SendingAttempt) -> None:
        """One line for one message, from the caller that settles it first; by the connection that sent it alone."""
        if attempt.grant != pseudonyms.grant_hash(message.grant.id):
            return
        generation = sum(one.undone for one in found.attempts.all)
        began_at = found.attempts.all[0].at if found.attempts.all else attempt.at
        named = (f"{found.attempts.key} {generation}", began_at)
        actor = Actor.OWNER if attempt.word.startswith(By.APPROVAL) else Actor.ASSISTANT
        await self.audit.of_message(What.MESSAGE_SENT, message.grant, actor, named, attempt.word)
