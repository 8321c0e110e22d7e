"""Protects the account pages: each needs a session, and each form a token of the page that it came from."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from mailconnect import log
from mailconnect.endpoints.account.sessions import Sessions, SignedIn
from mailconnect.endpoints.http.body import read_form
from mailconnect.endpoints.http.same_origin import sent_from_here
from mailconnect.endpoints.pages.context import PageContext
from mailconnect.endpoints.pages.page_endpoint import page_endpoint
from mailconnect.endpoints.pages.rendering import PAGE_HEADERS
from mailconnect.grants.account_session import FormForged, check_form_token
from mailconnect.oauth.errors import InvalidRequest

ACCOUNT = "/account"
SIGN_IN = "/account/sign-in"
DELETE = "/account/delete"

_MAX_FORM = 16_384
_AFTER_SIGN_IN = frozenset({ACCOUNT, DELETE})

Page = Callable[[SignedIn], Awaitable[Response]]
Action = Callable[[Request, SignedIn, dict[str, str]], Awaitable[Response]]


def own_path(text: str) -> str:
    """The page after the sign-in: `text` if it is one of our pages, else the account page (ASVS 3.7.2)."""
    return text if text in _AFTER_SIGN_IN else ACCOUNT


def to(path: str, headers: dict[str, str] | None = None) -> Response:
    return RedirectResponse(path, 303, PAGE_HEADERS | (headers or {}))


@dataclass(frozen=True, slots=True)
class Guard:
    context: PageContext
    sessions: Sessions

    def route(
        self, path: str, *, page: Page | None = None, action: Action | None = None, after_the_end: Page | None = None
    ) -> Route:
        """`page` responds to GET, `action` to a form of ours that is sent to this path.

        `after_the_end` responds to that form where its session was ended everywhere, most likely by the same form.
        """

        async def endpoint(request: Request) -> Response:
            if request.method == "POST" and action is not None:
                return await self._act(path, action, after_the_end, request)
            signed_in = await self.sessions.of(request)
            return self.sign_in_first(path) if signed_in is None or page is None else await page(signed_in)

        methods = [method for method, given in (("GET", page), ("POST", action)) if given is not None]
        return Route(path, page_endpoint(self.context.pages, endpoint), methods=methods)

    def sign_in_first(self, path: str) -> Response:
        return to(f"{SIGN_IN}?next={own_path(path)}")

    async def _act(self, path: str, action: Action, after_the_end: Page | None, request: Request) -> Response:
        form = await self.form(request)
        if isinstance(form, Response):
            return form
        signed_in = await self.sessions.last_of(request)
        if signed_in is None:
            return self.sign_in_first(ACCOUNT)
        try:
            check_form_token(form.get("form", ""), signed_in.secret, path)
        except FormForged:
            return self.forged()
        if await self.sessions.lives(signed_in):
            return await action(request, signed_in, form)
        return self.sign_in_first(ACCOUNT) if after_the_end is None else await after_the_end(signed_in)

    async def form(self, request: Request) -> dict[str, str] | Response:
        """The form, or the error page that says why it is not read."""
        if not sent_from_here(request, self.context.settings.issuer):
            return self.forged()
        try:
            return await read_form(request, _MAX_FORM)
        except InvalidRequest:
            return self.context.pages.error(
                400, "That form cannot be read", "Go back to your account page and try again."
            )

    def forged(self) -> Response:
        log.record("account_form_refused")
        return self.context.pages.error(
            403,
            "This did not come from our page",
            "Nothing was changed. Open your account page, in this browser and with cookies allowed, and try again.",
        )

    def not_there(self) -> Response:
        """The same page whether the connection never was, has been erased, or is another owner's."""
        log.record("account_connection_refused")
        return self.context.pages.error(
            404,
            "There is no such connection",
            "It may have ended before, and nothing was changed. Look at your account.",
        )
