"""`/approve`: one message as it will leave, and its owner's word on it.

A GET shows, and changes nothing. The message is fetched live, is in no store, and is compared with what the owner saw.
"""

from dataclasses import dataclass
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mailconnect import log
from mailconnect.approvals.approvals import PATH
from mailconnect.approvals.opening import Opened, Opening
from mailconnect.endpoints.account.guard import SIGN_IN, Guard, query_of, query_text, to
from mailconnect.endpoints.approvals import said
from mailconnect.endpoints.approvals.approval_form import action_of, is_of, opened_by_hand
from mailconnect.endpoints.approvals.approvers import Approver, Approvers, SomebodyElse
from mailconnect.endpoints.approvals.pages import ApprovalPages, ShownAdditions
from mailconnect.endpoints.approvals.presses import Presses
from mailconnect.endpoints.http.reader import onward, reader_of, reading
from mailconnect.endpoints.limits.limits import Limits
from mailconnect.endpoints.pages.page_endpoint import page_endpoint
from mailconnect.languages.words import marked


@dataclass(frozen=True, slots=True)
class Approve:
    guard: Guard
    approvers: Approvers
    opening: Opening
    limits: Limits
    pages: ApprovalPages
    presses: Presses

    def routes(self) -> list[Route]:
        return [Route(PATH, page_endpoint(self.guard.context.pages, self.approve), methods=["GET", "POST"])]

    async def approve(self, request: Request) -> Response:
        return await (self.press(request) if request.method == "POST" else self.page(request))

    async def page(self, request: Request) -> Response:
        query = query_of(query_text(request))
        found = await self._found(request, query.get("link", ""))
        if isinstance(found, Response):
            return found
        opened, approver = found
        return await self.pages.show(
            opened, approver, ShownAdditions(query.get("did", ""), opened_by_hand=opened_by_hand(request))
        )

    async def press(self, request: Request) -> Response:
        form = await self.guard.form(request)
        if isinstance(form, Response):
            return form
        # The page that responds has the address of the question, for the links to its other languages.
        asked = "&".join((urlencode({"link": form.get("link", "")}), query_text(request)))
        with reading(reader_of(request.scope, asked)):
            return await self._pressed(request, form)

    async def _pressed(self, request: Request, form: dict[str, str]) -> Response:
        await self.limits.check_address(self.limits.decisions.each, request)
        found = await self._found(request, form.get("link", ""))
        if isinstance(found, Response):
            return found
        opened, approver = found
        by_hand = is_of(form, approver, action_of(opened.approval, opened_by_hand=True))
        if not by_hand and not is_of(form, approver, action_of(opened.approval)):
            return self.guard.forged()
        if approver.browser is not None:
            await self.approvers.trusted.used(approver.browser)
        match form.get("press", ""):
            case "send":
                return await self.presses.send(opened, approver, form, ticked=by_hand or form.get("know") == "yes")
            case "discard":
                return await self.presses.discard(opened)
            case "stop":
                return await self.presses.stop(opened)
            case "trash":
                return await self.presses.trash(opened)
            case "look":
                return await self.presses.look(opened)
            case "end":
                return await self.presses.end(opened)
            case _:
                return self.pages.to(opened)

    async def _found(self, request: Request, link: str) -> tuple[Opened, Approver] | Response:
        """The approval that the link opens, for its owner; or the response where they are not known to be its owner."""
        opened = await self.opening.of(link)
        if opened is None:
            return self.pages.say(said.UNKNOWN_LINK)
        log.about(opened.approval.grant)
        approver = await self.approvers.of(request, opened.approval.owner)
        back = onward(f"{PATH}?{urlencode({'link': link})}")
        sign_in = onward(f"{SIGN_IN}?{urlencode({'next': back})}")
        if isinstance(approver, SomebodyElse):
            ways = ((sign_in, marked("Sign in as somebody else")),)
            return self.pages.say(said.somebody_else(approver.username), ways=ways)
        if approver is None:
            return to(sign_in)
        return opened, approver
