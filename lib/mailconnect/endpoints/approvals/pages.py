"""The pages of `/approve`: the question with its message, and what is said where there is nothing (more) to decide."""

from dataclasses import dataclass, replace
from urllib.parse import urlencode

from starlette.responses import Response

from mailconnect import log
from mailconnect.approvals import marks
from mailconnect.approvals.approvals import PATH
from mailconnect.approvals.displayed_draft import DisplayedDraft, displayed_draft_of
from mailconnect.approvals.opening import Opened, Opening
from mailconnect.endpoints.account.connections import Connections
from mailconnect.endpoints.account.connections import ShownConnection as Connection
from mailconnect.endpoints.account.deed import DISCONNECT, Deed
from mailconnect.endpoints.account.guard import to
from mailconnect.endpoints.approvals import said
from mailconnect.endpoints.approvals.approval_form import action_of
from mailconnect.endpoints.approvals.approvers import Approver
from mailconnect.endpoints.approvals.question import Question, question
from mailconnect.endpoints.approvals.said import Said
from mailconnect.endpoints.http.reader import onward
from mailconnect.endpoints.pages.context import PageContext
from mailconnect.endpoints.pages.rendering import Ways
from mailconnect.grants.approval import ApprovalState
from mailconnect.grants.errors import GrantError
from mailconnect.languages.words import marked
from mailconnect.mail.acquaintance import Acquaintance
from mailconnect.mail.draft.draft import Draft
from mailconnect.mail.draft.errors import UnknownDraft
from mailconnect.mail.errors import MailboxError
from mailconnect.provider.provider import Provider
from mailconnect.store.errors import StoreUnavailable
from mailconnect.store.switchboard import Switchboard
from mailconnect.store.switches import Switch

_READS = "emails:read"


@dataclass(frozen=True, slots=True)
class ShownAdditions:
    """The additions of this one response: the marks of what was seen before, and why a press did nothing.

    `opened_by_hand`: no other site led here. Where one did, or may have done, Send takes a tick beside the press, for
    one press can be had of somebody who looks at another page (decision 0022).
    """

    did: str = ""
    opened_by_hand: bool = False
    before: bytes = b""
    refused: str = ""


@dataclass(frozen=True, slots=True)
class ApprovalPages:
    context: PageContext
    opening: Opening
    connections: Connections
    switches: Switchboard
    provider: Provider

    async def show(self, opened: Opened, approver: Approver, shown: ShownAdditions) -> Response:
        approval, now, name = opened.approval, self.context.clock(), self.name(opened)
        if shown.did == "ended" and not opened.may_send(now):
            return self._ended(opened, name)
        if approval.state is ApprovalState.SENDING and not await self.may_send(opened):
            return self.say(said.not_known())
        if approval.state is not ApprovalState.WAITING:
            if approval.state is ApprovalState.SENT and await self._is_back(opened):
                approval = replace(approval, state=ApprovalState.STOPPED)
            return self.say(said.decided(approval, shown.did, name, now), opened, approver)
        if not approval.waits(now):
            return self.say(said.over(name))
        if not await self.may_send(opened):
            return self.say(said.may_not(name))
        try:
            draft = await self.draft(opened)
            asked = await self.question(opened, draft, shown.before)
        except UnknownDraft:
            return self.say(said.gone(name))
        except (MailboxError, GrantError) as error:
            return self.unread(opened, error)
        if not draft.is_draft:
            return self.say(said.SENT_ELSEWHERE)
        return self.ask(opened, approver, draft, asked, shown)

    def ask(self, opened: Opened, approver: Approver, draft: Draft, asked: Question, shown: ShownAdditions) -> Response:
        approval, now = opened.approval, self.context.clock()
        digest = self.opening.digest(draft)
        return self.context.pages.render(
            "approve.html",
            200 if not shown.refused else 400,
            name=self.name(opened),
            connection=self._connection(opened),
            now=now,
            approval=approval,
            asked=asked,
            displayed=asked.displayed,
            draft=draft,
            digest=digest,
            changed=bool(shown.before) or digest != approval.digest,
            marks=marks.to_text(marks.marks_of(asked.displayed)),
            refused=shown.refused,
            minutes=max(1, -(-(approval.until - now) // 60)),
            provider=self.provider,
            link=opened.link.text,
            path=onward(PATH),
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

    async def question(self, opened: Opened, draft: Draft, before: bytes) -> Question:
        displayed = displayed_draft_of(draft)
        changed = marks.changed_lines(displayed, before or self._seen(opened, draft))
        return question(displayed, await self._acquaintances(opened, displayed), changed)

    def _seen(self, opened: Opened, draft: Draft) -> bytes:
        """The marks of what the assistant was shown, where it was something else."""
        return b"" if self.opening.digest(draft) == opened.approval.digest else opened.seen.marks

    async def _acquaintances(self, opened: Opened, displayed: DisplayedDraft) -> dict[str, Acquaintance] | None:
        try:
            return {**await opened.outgoing.acquaintance(displayed.recipients)}
        except MailboxError as error:
            log.record("acquaintance_unknown", reason=type(error).__name__)
            return None

    async def draft(self, opened: Opened) -> Draft:
        """Raises MailboxError, GrantError."""
        return await opened.outgoing.draft(opened.approval.draft_id, opened.seen.message_id)

    async def may_send(self, opened: Opened) -> bool:
        if not opened.may_send(self.context.clock()):
            return False
        return not await self.switches.is_on(Switch.READ_ONLY)

    def _ended(self, opened: Opened, name: str | None) -> Response:
        grant = opened.grant
        reads = grant is not None and grant.alive(self.context.clock()) and _READS in grant.scope.split()
        return self.say(said.ended(name, reads, Deed(DISCONNECT, opened.approval.grant).path))

    def unread(self, opened: Opened, error: MailboxError | GrantError) -> Response:
        log.record("approval_unread", reason=type(error).__name__)
        if isinstance(error, GrantError):
            return self.say(said.UNKNOWN_LINK)
        return self.say(said.not_reached(self.provider.name), ways=((self._path(opened), marked("Try again")),))

    def name(self, opened: Opened) -> str | None:
        """Ours for a known assistant, whatever name it gave itself. None where its connection was erased."""
        connection = self._connection(opened)
        if connection is not None:
            return connection.name
        return None if opened.grant is None else opened.grant.client_name

    def _connection(self, opened: Opened) -> Connection | None:
        """None where it has ended."""
        living = self.connections.living([opened.grant]) if opened.grant is not None else []
        return living[0] if living else None

    def say(
        self,
        what: Said,
        opened: Opened | None = None,
        approver: Approver | None = None,
        ways: Ways | None = None,
    ) -> Response:
        given = {"link": "", "form": ""}
        if opened is not None and approver is not None:
            given = {"link": opened.link.text, "form": approver.token(action_of(opened.approval))}
        return self.context.pages.render(
            "approve_said.html",
            what.status,
            said=what,
            ways=what.ways if ways is None else ways,
            path=onward(PATH),
            **given,
        )

    def _path(self, opened: Opened, did: str = "") -> str:
        return onward(f"{PATH}?{urlencode({'link': opened.link.text} | ({'did': did} if did else {}))}")

    def to(self, opened: Opened, did: str = "") -> Response:
        return to(self._path(opened, did))
