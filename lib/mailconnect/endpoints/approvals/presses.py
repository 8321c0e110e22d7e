"""The buttons of `/approve`. A press is claimed by one conditional write before anything is sent."""

from dataclasses import dataclass

from starlette.responses import Response

from mailconnect import log
from mailconnect.approvals import decision, marks
from mailconnect.approvals.opening import Opened
from mailconnect.approvals.port import ApprovalOutcome, ApprovalResult
from mailconnect.audit import Audit
from mailconnect.end_grant import Wake, end_grant
from mailconnect.endpoints.approvals import said
from mailconnect.endpoints.approvals.approvers import Approver
from mailconnect.endpoints.approvals.pages import ApprovalPages, ShownAdditions
from mailconnect.grants.approval import Approval, ApprovalState
from mailconnect.grants.errors import GrantError
from mailconnect.grants.narrowing import narrow
from mailconnect.grants.retirement import Reason
from mailconnect.grants.sending import SEND
from mailconnect.grants.update import Update
from mailconnect.languages.words import marked
from mailconnect.mail.draft.draft import Draft
from mailconnect.mail.draft.errors import UnknownDraft
from mailconnect.mail.errors import MailboxError
from mailconnect.store.audit import Actor, What
from mailconnect.store.errors import StoreUnavailable
from mailconnect.store.grants import Grants
from mailconnect.store.owned import Owned
from mailconnect.store.transition import change_grant

_GIVEN_UP = 60
"""Seconds after which no press or look is under way any more. Only then may another one say that nothing was sent."""

_TICK_FIRST = marked("Tick the box above Send first.")


@dataclass(frozen=True, slots=True)
class Claimed:
    """The approval that a press has claimed, at that second."""

    draft: Draft
    digest: str
    at: int


@dataclass(frozen=True, slots=True)
class Presses:
    pages: ApprovalPages
    approvals: Owned[Approval]
    grants: Grants
    audit: Audit
    wake_sweep: Wake

    async def send(self, opened: Opened, approver: Approver, form: dict[str, str], *, ticked: bool) -> Response:
        approval, now = opened.approval, self.pages.context.clock()
        if approval.state in {ApprovalState.SENT, ApprovalState.SENDING}:
            return self.pages.to(opened, "twice")
        if not approval.waits(now) or not await self.pages.may_send(opened):
            return self.pages.to(opened)
        before = marks.from_text(form.get("marks", ""))
        try:
            draft = await self.pages.draft(opened)
            digest = self.pages.opening.digest(draft)
            if digest != form.get("digest", "") or not draft.is_draft:
                return await self.pages.show(opened, approver, ShownAdditions(before=before))
            asked = await self.pages.question(opened, draft, b"")
        except UnknownDraft:
            return self.pages.say(said.gone(self.pages.name(opened)))
        except (MailboxError, GrantError) as error:
            return self.pages.unread(opened, error)
        if not asked.displayed.whole:
            return self.pages.to(opened)
        if not ticked or (asked.new and form.get("know") != "yes"):
            return self.pages.ask(opened, approver, draft, asked, ShownAdditions(refused=_TICK_FIRST))
        seen = opened.pressed(digest, self.pages.context.entropy)
        if not await self.approvals.update(approval.id, decision.claim(approval, draft, digest, seen, now)):
            return self.pages.to(opened, "twice")
        return await self._finish(opened, approver, Claimed(draft, digest, now), before)

    async def _finish(self, opened: Opened, approver: Approver, claimed: Claimed, before: bytes) -> Response:
        """Sends what was claimed. Where nothing was submitted, it waits again."""
        try:
            sent = await opened.outgoing.send(claimed.draft, claimed.digest)
        except (MailboxError, GrantError) as error:
            await self.approvals.update(opened.approval.id, decision.release(opened.approval, claimed.at))
            return self.pages.unread(opened, error)
        except StoreUnavailable:
            await self.approvals.update(opened.approval.id, decision.release(opened.approval, claimed.at))
            raise
        await self._note(opened, sent, claimed.at)
        match sent.outcome:
            case ApprovalOutcome.CHANGED:
                return await self.pages.show(opened, approver, ShownAdditions(before=before))
            case ApprovalOutcome.REFUSED:
                return await self.pages.show(opened, approver, ShownAdditions(refused=sent.why))
            case ApprovalOutcome.SENT:
                return self.pages.to(opened, "sent")
            case _:
                return self.pages.to(opened)

    async def _note(self, opened: Opened, sent: ApprovalResult, decided_at: int | None) -> None:
        """Without `decided_at`, another press or look may be under way: it alone may say that nothing was sent."""
        match sent.outcome:
            case ApprovalOutcome.SENT:
                update: Update | None = decision.sent(opened.approval, sent.stoppable_until)
            case ApprovalOutcome.UNKNOWN:
                update = None
            case _:
                update = None if decided_at is None else decision.release(opened.approval, decided_at)
        if update is not None:
            await self.approvals.update(opened.approval.id, update)

    async def look(self, opened: Opened) -> Response:
        """Settles what is not known yet: the same sending again, which looks and never sends twice.

        The message is the one for which Send was pressed, and not whichever the record's digest is of. A look is made
        as long as the record is kept: the owner has pressed in time.
        """
        approval, now = opened.approval, self.pages.context.clock()
        if approval.state is not ApprovalState.SENDING or not await self.pages.may_send(opened):
            return self.pages.to(opened)
        took_over = decision.look(approval, now)
        if not await self.approvals.update(approval.id, took_over):
            return self.pages.to(opened)
        decided_at = int(took_over.set["decided_at"])
        is_alone = now >= (approval.decided_at or 0) + _GIVEN_UP
        try:
            pressed = opened.seen.pressed
            draft = await opened.outgoing.draft(approval.sent_id or "", opened.seen.message_id)
            sent = await opened.outgoing.send(draft, pressed)
            await self._note(opened, sent, decided_at if is_alone else None)
        except (MailboxError, GrantError) as error:
            log.record("sending_unknown", reason=type(error).__name__)
        return self.pages.to(opened)

    async def discard(self, opened: Opened) -> Response:
        update = decision.discard(opened.approval, self.pages.context.clock())
        if await self.approvals.update(opened.approval.id, update):
            if opened.grant is not None:
                await self.audit.of_grant(What.SEND_DECLINED, opened.grant, Actor.OWNER)
            return self.pages.to(opened)
        return self.pages.to(opened, "twice")

    async def stop(self, opened: Opened) -> Response:
        approval, now = opened.approval, self.pages.context.clock()
        stoppable = approval.stoppable_until is not None and now < approval.stoppable_until
        if approval.state is not ApprovalState.SENT or not stoppable or not opened.may_send(now):
            return self.pages.to(opened, "late")
        try:
            back = await opened.outgoing.undo(approval.sent_id or approval.draft_id)
        except (MailboxError, GrantError) as error:
            return self.pages.unread(opened, error)
        if back:
            await self.approvals.update(approval.id, decision.stopped(approval))
        return self.pages.to(opened, "" if back else "late")

    async def trash(self, opened: Opened) -> Response:
        now = self.pages.context.clock()
        discarded = opened.approval.state is ApprovalState.DISCARDED and now < opened.approval.until
        if discarded and await self.pages.may_send(opened):
            try:
                await opened.outgoing.trash((await self.pages.draft(opened)).id)
            except (MailboxError, GrantError) as error:
                return self.pages.unread(opened, error)
            return self.pages.to(opened, "trash")
        return self.pages.to(opened)

    async def end(self, opened: Opened) -> Response:
        """Stops the assistant's sending. A connection that could do nothing else ends."""
        grant_id = opened.approval.grant
        if await change_grant(self.grants, grant_id, lambda current: narrow(current, frozenset({SEND}))):
            if opened.grant is not None:
                await self.audit.of_grant(What.NARROWED, opened.grant, Actor.OWNER, f"-{SEND}")
            return self.pages.to(opened, "ended")
        current = await self.grants.get(grant_id)
        if current is not None and SEND in current.scope.split():
            await end_grant(
                current,
                Reason.OWNER_DISCONNECTED,
                Actor.OWNER,
                grants=self.grants,
                audit=self.audit,
                wake=self.wake_sweep,
            )
        return self.pages.to(opened, "ended")
