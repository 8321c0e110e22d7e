"""`/approve`: one message as it will leave, and its owner's word on it (design §10).

A GET shows, and changes nothing. A press is claimed by one conditional write before anything is sent, so that of two
presses one sends. The message is fetched live, is in no store, and is compared with what the owner saw.
"""

from dataclasses import dataclass, replace
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mailconnect import log, pseudonyms
from mailconnect.approvals import decision, marks
from mailconnect.approvals.approvals import PATH
from mailconnect.approvals.letter import Letter, letter_of
from mailconnect.approvals.opening import Opened, Opening
from mailconnect.approvals.port import Outcome, Sent
from mailconnect.audit import Audit
from mailconnect.end_grant import Wake, end_grant
from mailconnect.endpoints.account.connections import Connections
from mailconnect.endpoints.account.connections import Shown as Connection
from mailconnect.endpoints.account.deed import DISCONNECT, Deed
from mailconnect.endpoints.account.guard import SIGN_IN, Guard, query_of, query_text, to
from mailconnect.endpoints.approvals import said
from mailconnect.endpoints.approvals.approvers import Approver, Approvers, SomebodyElse
from mailconnect.endpoints.approvals.question import Question, question
from mailconnect.endpoints.approvals.said import Said
from mailconnect.endpoints.limits.limits import Limits
from mailconnect.endpoints.pages.context import PageContext
from mailconnect.endpoints.pages.page_endpoint import page_endpoint
from mailconnect.grants.account_session import FormForged, check_form_token
from mailconnect.grants.approval import Approval, ApprovalState
from mailconnect.grants.errors import GrantError
from mailconnect.grants.narrowing import narrow
from mailconnect.grants.retirement import Reason
from mailconnect.grants.sending import SEND
from mailconnect.grants.update import Update
from mailconnect.mail.acquaintance import Acquaintance
from mailconnect.mail.draft import Draft
from mailconnect.mail.errors import MailboxError, UnknownDraft
from mailconnect.provider.provider import Provider
from mailconnect.store.audit import Actor, What
from mailconnect.store.errors import StoreUnavailable
from mailconnect.store.grants import Grants
from mailconnect.store.owned import Owned
from mailconnect.store.switchboard import Switchboard
from mailconnect.store.switches import Switch
from mailconnect.store.transition import change_grant

_READS = "emails:read"

_GIVEN_UP = 60
"""Seconds after which no press or look is under way any more. Only then may another one say that nothing was sent."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What this very response says besides: the marks of what was seen before, and why a press did nothing.

    `opened_by_hand`: no other site led here. Where one did, or may have done, Send takes a tick beside the press, for
    one press can be had of somebody who looks at another page (decision 0022).
    """

    did: str = ""
    opened_by_hand: bool = False
    before: bytes = b""
    refused: str = ""


@dataclass(frozen=True, slots=True)
class Claimed:
    """What a press has claimed, at that second."""

    draft: Draft
    digest: str
    at: int


@dataclass(frozen=True, slots=True)
class Approve:
    context: PageContext
    guard: Guard
    approvers: Approvers
    opening: Opening
    approvals: Owned[Approval]
    grants: Grants
    connections: Connections
    audit: Audit
    limits: Limits
    switches: Switchboard
    provider: Provider
    wake_sweep: Wake

    def routes(self) -> list[Route]:
        return [Route(PATH, page_endpoint(self.context.pages, self.approve), methods=["GET", "POST"])]

    async def approve(self, request: Request) -> Response:
        return await (self.press(request) if request.method == "POST" else self.page(request))

    async def page(self, request: Request) -> Response:
        query = query_of(query_text(request))
        found = await self._found(request, query.get("link", ""))
        if isinstance(found, Response):
            return found
        opened, approver = found
        return await self._shown(opened, approver, Shown(query.get("did", ""), opened_by_hand=_opened_by_hand(request)))

    async def press(self, request: Request) -> Response:
        form = await self.guard.form(request)
        if isinstance(form, Response):
            return form
        await self.limits.check_address(self.limits.decisions.each, request)
        found = await self._found(request, form.get("link", ""))
        if isinstance(found, Response):
            return found
        opened, approver = found
        by_hand = _is_of(form, approver, action_of(opened.approval, opened_by_hand=True))
        if not by_hand and not _is_of(form, approver, action_of(opened.approval)):
            return self.guard.forged()
        if approver.browser is not None:
            await self.approvers.trusted.used(approver.browser)
        match form.get("press", ""):
            case "send":
                return await self._send(opened, approver, form, ticked=by_hand or form.get("know") == "yes")
            case "discard":
                return await self._discard(opened)
            case "stop":
                return await self._stop(opened)
            case "trash":
                return await self._trash(opened)
            case "look":
                return await self._look(opened)
            case "end":
                return await self._end(opened)
            case _:
                return self._to(opened)

    async def _found(self, request: Request, link: str) -> tuple[Opened, Approver] | Response:
        """What the link opens, for its owner; or the response where they are not known to be that."""
        opened = await self.opening.of(link)
        if opened is None:
            return self._say(said.UNKNOWN_LINK)
        log.about(opened.approval.grant)
        approver = await self.approvers.of(request, opened.approval.owner)
        path = f"{PATH}?{urlencode({'link': link})}"
        if isinstance(approver, SomebodyElse):
            ways = ((f"{SIGN_IN}?{urlencode({'next': path})}", "Sign in as somebody else"),)
            return self._say(said.somebody_else(approver.username), ways=ways)
        if approver is None:
            return to(f"{SIGN_IN}?{urlencode({'next': path})}")
        return opened, approver

    async def _shown(self, opened: Opened, approver: Approver, shown: Shown) -> Response:
        approval, now, name = opened.approval, self.context.clock(), self._name(opened)
        if shown.did == "ended" and not opened.may_send(now):
            return self._ended(opened, name)
        if approval.state is ApprovalState.SENDING and not await self._may_send(opened):
            return self._say(said.not_known(name))
        if approval.state is not ApprovalState.WAITING:
            if approval.state is ApprovalState.SENT and await self._is_back(opened):
                approval = replace(approval, state=ApprovalState.STOPPED)
            return self._say(said.decided(approval, shown.did, name, now), opened, approver)
        if not approval.waits(now):
            return self._say(said.over(name))
        if not await self._may_send(opened):
            return self._say(said.may_not(name))
        try:
            draft = await self._draft(opened)
            asked = await self._question(opened, draft, shown.before)
        except UnknownDraft:
            return self._say(said.gone(name))
        except (MailboxError, GrantError) as error:
            return self._unread(opened, error)
        if not draft.is_draft:
            return self._say(said.SENT_ELSEWHERE)
        return self._ask(opened, approver, draft, asked, shown)

    def _ask(self, opened: Opened, approver: Approver, draft: Draft, asked: Question, shown: Shown) -> Response:
        approval, now = opened.approval, self.context.clock()
        digest = self.opening.digest(draft)
        return self.context.pages.render(
            "approve.html",
            200 if not shown.refused else 400,
            name=self._name(opened),
            connection=self._connection(opened),
            now=now,
            approval=approval,
            asked=asked,
            letter=asked.letter,
            draft=draft,
            digest=digest,
            changed=bool(shown.before) or digest != approval.digest,
            marks=marks.to_text(marks.marks_of(asked.letter)),
            refused=shown.refused,
            minutes=max(1, -(-(approval.until - now) // 60)),
            provider=self.provider,
            link=opened.link.text,
            path=PATH,
            ticks=bool(asked.new) or not shown.opened_by_hand,
            form=approver.token(action_of(approval, opened_by_hand=shown.opened_by_hand)),
        )

    async def _is_back(self, opened: Opened) -> bool:
        """Whether what was held was stopped by the assistant, or by a press that did not come to its end."""
        approval = opened.approval
        if approval.stoppable_until is None or not opened.may_send(self.context.clock()):
            return False
        try:
            return await opened.outgoing.is_back(approval.sent_id or approval.draft_id)
        except (MailboxError, GrantError, StoreUnavailable) as error:
            log.record("sending_unknown", reason=type(error).__name__)
            return False

    async def _question(self, opened: Opened, draft: Draft, before: bytes) -> Question:
        letter = letter_of(draft)
        changed = marks.changed_lines(letter, before or self._seen(opened, draft))
        return question(letter, await self._acquaintances(opened, letter), changed)

    def _seen(self, opened: Opened, draft: Draft) -> bytes:
        """The marks of what the assistant was shown, where it was something else."""
        return b"" if self.opening.digest(draft) == opened.approval.digest else opened.seen.marks

    async def _acquaintances(self, opened: Opened, letter: Letter) -> dict[str, Acquaintance] | None:
        try:
            return {**await opened.outgoing.acquaintance(letter.recipients)}
        except MailboxError as error:
            log.record("acquaintance_unknown", reason=type(error).__name__)
            return None

    async def _draft(self, opened: Opened) -> Draft:
        """Raises MailboxError, GrantError."""
        return await opened.outgoing.draft(opened.approval.draft_id, opened.seen.message_id)

    async def _send(self, opened: Opened, approver: Approver, form: dict[str, str], *, ticked: bool) -> Response:
        approval, now = opened.approval, self.context.clock()
        if approval.state in {ApprovalState.SENT, ApprovalState.SENDING}:
            return self._to(opened, "twice")
        if not approval.waits(now) or not await self._may_send(opened):
            return self._to(opened)
        before = marks.from_text(form.get("marks", ""))
        try:
            draft = await self._draft(opened)
            digest = self.opening.digest(draft)
            if digest != form.get("digest", "") or not draft.is_draft:
                return await self._shown(opened, approver, Shown(before=before))
            asked = await self._question(opened, draft, b"")
        except UnknownDraft:
            return self._say(said.gone(self._name(opened)))
        except (MailboxError, GrantError) as error:
            return self._unread(opened, error)
        if not asked.letter.whole:
            return self._to(opened)
        if not ticked or (asked.new and form.get("know") != "yes"):
            return self._ask(opened, approver, draft, asked, Shown(refused="Tick the box above Send first."))
        if not await self.approvals.update(approval.id, decision.claim(approval, draft, digest, now)):
            return self._to(opened, "twice")
        return await self._finish(opened, approver, Claimed(draft, digest, now), before)

    async def _finish(self, opened: Opened, approver: Approver, claimed: Claimed, before: bytes) -> Response:
        """Sends what was claimed. Where nothing was submitted, it waits again."""
        try:
            sent = await opened.outgoing.send(claimed.draft, claimed.digest)
        except (MailboxError, GrantError) as error:
            await self.approvals.update(opened.approval.id, decision.release(opened.approval, claimed.at))
            return self._unread(opened, error)
        except StoreUnavailable:
            await self.approvals.update(opened.approval.id, decision.release(opened.approval, claimed.at))
            raise
        await self._note(opened, sent, claimed.at)
        match sent.outcome:
            case Outcome.CHANGED:
                return await self._shown(opened, approver, Shown(before=before))
            case Outcome.REFUSED:
                return await self._shown(opened, approver, Shown(refused=sent.why))
            case Outcome.SENT:
                return self._to(opened, "sent")
            case _:
                return self._to(opened)

    async def _note(self, opened: Opened, sent: Sent, decided_at: int | None) -> None:
        """Without `decided_at`, another press or look may be under way: it alone may say that nothing was sent."""
        match sent.outcome:
            case Outcome.SENT:
                update: Update | None = decision.sent(opened.approval, sent.stoppable_until)
            case Outcome.UNKNOWN:
                update = None
            case _:
                update = None if decided_at is None else decision.release(opened.approval, decided_at)
        if update is not None:
            await self.approvals.update(opened.approval.id, update)

    async def _look(self, opened: Opened) -> Response:
        """Settles what is not known yet: the same sending again, which looks and never sends twice.

        That takes as long as the record is kept: the owner has pressed in time.
        """
        approval, now = opened.approval, self.context.clock()
        if approval.state is not ApprovalState.SENDING or not await self._may_send(opened):
            return self._to(opened)
        took_over = decision.look(approval, now)
        if not await self.approvals.update(approval.id, took_over):
            return self._to(opened)
        decided_at = int(took_over.set["decided_at"])
        is_alone = now >= (approval.decided_at or 0) + _GIVEN_UP
        try:
            draft = await opened.outgoing.draft(approval.sent_id or "", opened.seen.message_id)
            sent = await opened.outgoing.send(draft, approval.digest)
            await self._note(opened, sent, decided_at if is_alone else None)
        except (MailboxError, GrantError) as error:
            log.record("sending_unknown", reason=type(error).__name__)
        return self._to(opened)

    async def _discard(self, opened: Opened) -> Response:
        update = decision.discard(opened.approval, self.context.clock())
        if await self.approvals.update(opened.approval.id, update):
            if opened.grant is not None:
                await self.audit.of_grant(What.SEND_DECLINED, opened.grant, Actor.OWNER)
            return self._to(opened)
        return self._to(opened, "twice")

    async def _stop(self, opened: Opened) -> Response:
        approval, now = opened.approval, self.context.clock()
        stoppable = approval.stoppable_until is not None and now < approval.stoppable_until
        if approval.state is not ApprovalState.SENT or not stoppable or not opened.may_send(now):
            return self._to(opened, "late")
        try:
            back = await opened.outgoing.undo(approval.sent_id or approval.draft_id)
        except (MailboxError, GrantError) as error:
            return self._unread(opened, error)
        if back:
            await self.approvals.update(approval.id, decision.stopped(approval))
        return self._to(opened, "" if back else "late")

    async def _trash(self, opened: Opened) -> Response:
        now = self.context.clock()
        discarded = opened.approval.state is ApprovalState.DISCARDED and now < opened.approval.until
        if discarded and await self._may_send(opened):
            try:
                await opened.outgoing.trash((await self._draft(opened)).id)
            except (MailboxError, GrantError) as error:
                return self._unread(opened, error)
            return self._to(opened, "trash")
        return self._to(opened)

    async def _end(self, opened: Opened) -> Response:
        """Stops the assistant's sending. A connection that could do nothing else ends."""
        grant_id = opened.approval.grant
        if await change_grant(self.grants, grant_id, lambda current: narrow(current, frozenset({SEND}))):
            if opened.grant is not None:
                await self.audit.of_grant(What.NARROWED, opened.grant, Actor.OWNER, f"-{SEND}")
            return self._to(opened, "ended")
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
        return self._to(opened, "ended")

    async def _may_send(self, opened: Opened) -> bool:
        if not opened.may_send(self.context.clock()):
            return False
        return not await self.switches.is_on(Switch.READ_ONLY)

    def _ended(self, opened: Opened, name: str) -> Response:
        grant = opened.grant
        reads = grant is not None and grant.alive(self.context.clock()) and _READS in grant.scope.split()
        return self._say(said.ended(name, reads, Deed(DISCONNECT, opened.approval.grant).path))

    def _unread(self, opened: Opened, error: MailboxError | GrantError) -> Response:
        log.record("approval_unread", reason=type(error).__name__)
        if isinstance(error, GrantError):
            return self._say(said.UNKNOWN_LINK)
        return self._say(said.not_reached(self.provider.name), ways=((self._path(opened), "Try again"),))

    def _name(self, opened: Opened) -> str:
        """Ours for a known assistant, whatever name it gave itself."""
        connection = self._connection(opened)
        if connection is not None:
            return connection.name
        return opened.grant.client_name if opened.grant is not None else "the assistant"

    def _connection(self, opened: Opened) -> Connection | None:
        """None where it has ended."""
        living = self.connections.living([opened.grant]) if opened.grant is not None else []
        return living[0] if living else None

    def _say(
        self,
        what: Said,
        opened: Opened | None = None,
        approver: Approver | None = None,
        ways: tuple[tuple[str, str], ...] | None = None,
    ) -> Response:
        given = {"link": "", "form": ""}
        if opened is not None and approver is not None:
            given = {"link": opened.link.text, "form": approver.token(action_of(opened.approval))}
        return self.context.pages.render(
            "approve_said.html", what.status, said=what, ways=what.ways if ways is None else ways, path=PATH, **given
        )

    def _path(self, opened: Opened, did: str = "") -> str:
        return f"{PATH}?{urlencode({'link': opened.link.text} | ({'did': did} if did else {}))}"

    def _to(self, opened: Opened, did: str = "") -> Response:
        return to(self._path(opened, did))


def action_of(approval: Approval, *, opened_by_hand: bool = False) -> str:
    """What the forms of one message's page are tied to."""
    return f"{PATH} {pseudonyms.grant_hash(approval.grant)} {approval.id}{' by hand' if opened_by_hand else ''}"


def _is_of(form: dict[str, str], approver: Approver, action: str) -> bool:
    try:
        check_form_token(form.get("form", ""), approver.secret, action)
    except FormForged:
        return False
    return True


def _opened_by_hand(request: Request) -> bool:
    """Typed, or opened from another program, or from a page of ours (Fetch Metadata). Unknown is no."""
    return request.headers.get("sec-fetch-site") in {"none", "same-origin"}
