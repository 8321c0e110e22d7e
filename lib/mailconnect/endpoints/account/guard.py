"""Protects the account pages: each needs a session, and each form a token of the page that it came from."""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from mailconnect import log
from mailconnect.endpoints.account.deed import AGAIN, Deed, deed_of
from mailconnect.endpoints.account.sessions import Sessions, SignedIn
from mailconnect.endpoints.http.body import read_form
from mailconnect.endpoints.http.reader import onward
from mailconnect.endpoints.http.same_origin import sent_from_here
from mailconnect.endpoints.pages.context import PageContext
from mailconnect.endpoints.pages.page_endpoint import page_endpoint
from mailconnect.endpoints.pages.rendering import PAGE_HEADERS
from mailconnect.grants.account_session import FormForged, check_form_token
from mailconnect.grants.approval import ApprovalLink
from mailconnect.grants.errors import MalformedToken
from mailconnect.languages.language import LANGUAGES
from mailconnect.languages.words import marked
from mailconnect.oauth.errors import InvalidRequest
from mailconnect.oauth.form import parse_form

ACCOUNT = "/account"
SIGN_IN = "/account/sign-in"
DELETE = "/account/delete"
APPROVING = "/approve?link="

_MAX_FORM = 16_384
_IN_A_LANGUAGE = re.compile(rf"&ui_locales=({'|'.join(language.code for language in LANGUAGES)})\Z")
_AFTER_SIGN_IN = frozenset({ACCOUNT, DELETE})

Page = Callable[[Request, SignedIn], Awaitable[Response]]
Action = Callable[[Request, SignedIn, dict[str, str]], Awaitable[Response]]
DeedOf = Callable[[Mapping[str, str]], Deed | None]


def own_path(text: str) -> str:
    """Where to go after the sign-in: one of the pages that can be asked for, or the first of them (ASVS 3.7.2)."""
    if text in _AFTER_SIGN_IN or approves(text):
        return text
    deed = deed_of(query_of(text.removeprefix(f"{AGAIN}?"))) if text.startswith(f"{AGAIN}?") else None
    return ACCOUNT if deed is None else deed.path


def approves(path: str) -> bool:
    """Whether it is the way to a message that waits for its owner's word."""
    link = _IN_A_LANGUAGE.sub("", path.removeprefix(APPROVING))
    try:
        return path.startswith(APPROVING) and ApprovalLink.parse(link) is not None
    except MalformedToken:
        return False


def query_text(request: Request) -> str:
    """As it came: a query may be any bytes."""
    query: bytes = request.scope["query_string"]
    return query.decode("latin-1")


def query_of(text: str) -> dict[str, str]:
    """The parameters of a query; none where it cannot be read."""
    try:
        return parse_form(text)
    except InvalidRequest:
        return {}


def to(path: str, headers: dict[str, str] | None = None) -> Response:
    return RedirectResponse(path, 303, PAGE_HEADERS | (headers or {}))


@dataclass(frozen=True, slots=True)
class Guard:
    context: PageContext
    sessions: Sessions

    def route(
        self,
        path: str,
        *,
        page: Page | None = None,
        action: Action | None = None,
        after_the_end: Page | None = None,
        again: DeedOf = lambda _: None,
    ) -> Route:
        """`page` responds to GET, `action` to a form of ours that is sent to this path.

        `after_the_end` responds to that form where its session was ended everywhere, most likely by the same form.
        `again` says what to ask for once more where the session had ended before the form came.
        """

        async def endpoint(request: Request) -> Response:
            if request.method == "POST" and action is not None:
                return await self._act(path, action, after_the_end, again, request)
            signed_in = await self.sessions.of(request)
            if signed_in is None or page is None:
                return self.sign_in_first(f"{path}?{query_text(request)}" if path == AGAIN else path)
            return await page(request, signed_in)

        methods = [method for method, given in (("GET", page), ("POST", action)) if given is not None]
        return Route(path, page_endpoint(self.context.pages, endpoint), methods=methods)

    def sign_in_first(self, path: str) -> Response:
        return to(onward(f"{SIGN_IN}?next={quote(own_path(path))}"))

    async def _act(
        self, path: str, action: Action, after_the_end: Page | None, again: DeedOf, request: Request
    ) -> Response:
        form = await self.form(request)
        if isinstance(form, Response):
            return form
        signed_in = await self.sessions.last_of(request)
        if signed_in is None:
            return self._once_more(again(form))
        try:
            check_form_token(form.get("form", ""), signed_in.secret, path)
        except FormForged:
            return self.forged()
        if await self.sessions.lives(signed_in):
            return await action(request, signed_in, form)
        return self._once_more(again(form)) if after_the_end is None else await after_the_end(request, signed_in)

    def _once_more(self, deed: Deed | None) -> Response:
        return self.sign_in_first(ACCOUNT if deed is None else deed.path)

    async def form(self, request: Request) -> dict[str, str] | Response:
        """The form, or the error page that says why it is not read."""
        if not sent_from_here(request, self.context.settings.issuer):
            return self.forged()
        try:
            return await read_form(request, _MAX_FORM)
        except InvalidRequest:
            return self.context.pages.error(
                400, marked("That form cannot be read"), marked("Go back to your account page and try again.")
            )

    def forged(self) -> Response:
        log.record("account_form_refused")
        return self.context.pages.error(
            403,
            marked("This did not come from our page"),
            marked(
                "Nothing was changed. Open your account page, in this browser and with cookies allowed, and try again."
            ),
        )

    def not_there(self) -> Response:
        """The same page whether the connection never was, has been erased, or is another owner's."""
        log.record("account_connection_refused")
        return self.context.pages.error(
            404,
            marked("There is no such connection"),
            marked("It may have ended before, and nothing was changed. Look at your account."),
        )
