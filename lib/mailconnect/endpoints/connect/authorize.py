"""`/authorize`: the consent page, and the person's decision (RFC 6749 §4.1.1; MCP authorization, consent)."""

from dataclasses import dataclass, replace

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from mailconnect.audit import Audit
from mailconnect.clock import Clock, Entropy
from mailconnect.endpoints.connect.client_lookup import ClientLookup
from mailconnect.endpoints.connect.sign_in import NotTaken, SignIn
from mailconnect.endpoints.http.body import read_form
from mailconnect.endpoints.http.cookies import Cookie
from mailconnect.endpoints.http.errors import wants_json
from mailconnect.endpoints.http.responses import json_response
from mailconnect.endpoints.http.same_origin import sent_from_here
from mailconnect.endpoints.limits.limits import Limits
from mailconnect.endpoints.pages.consent import ConsentPage, ticked_scopes
from mailconnect.endpoints.pages.page_endpoint import page_endpoint
from mailconnect.endpoints.pages.rendering import PAGE_HEADERS, Pages
from mailconnect.grants.errors import SealBroken
from mailconnect.grants.sign_in import open_api_token
from mailconnect.oauth.authorization_request import AuthorizationRequest, checked, parse_query
from mailconnect.oauth.authorization_response import redirect_location
from mailconnect.oauth.consent import ConsentExpired, ConsentForged, ConsentToken, check_consent_token
from mailconnect.oauth.errors import AuthorizationError, InvalidRequest, RedirectableError
from mailconnect.oauth.redirect_uri import redirect_target
from mailconnect.settings import Settings
from mailconnect.store.audit import Actor, What
from mailconnect.store.switchboard import Switchboard
from mailconnect.store.switches import Switch

_MAX_FORM = 32_768


@dataclass(frozen=True, slots=True)
class Authorize:
    settings: Settings
    pages: Pages
    consent_page: ConsentPage
    sign_in: SignIn
    client_lookup: ClientLookup
    limits: Limits
    switches: Switchboard
    audit: Audit
    clock: Clock
    entropy: Entropy
    consent_cookie: Cookie

    def routes(self) -> list[Route]:
        return [Route("/authorize", page_endpoint(self.pages, self.authorize), methods=["GET", "POST"])]

    async def authorize(self, request: Request) -> Response:
        return await (self.decide(request) if request.method == "POST" else self.ask(request))

    async def ask(self, request: Request) -> Response:
        """Shows the page, and stores nothing: assistants fetch it twice, link scanners at will."""
        query = request.scope["query_string"].decode("latin-1")
        try:
            asked = await self._checked(query, request)
        except AuthorizationError as refusal:
            if wants_json(request.scope):
                return json_response({"error": refusal.code, "error_description": refusal.sentence}, 400)
            return self._refused(refusal)
        if await self.switches.is_on(Switch.NO_NEW_GRANTS):
            return self._switched_off(asked)
        browser_secret = self.consent_cookie.read(request) or self.entropy(32)
        return self._page(asked, query, browser_secret)

    async def decide(self, request: Request) -> Response:
        """The decision validates the whole request again, so an edited form gains nothing."""
        if not sent_from_here(request, self.settings.issuer):
            return self._forged()
        try:
            form = await read_form(request, _MAX_FORM)
        except InvalidRequest:
            return self.pages.error(400, "That form cannot be read", "Go back to your assistant and connect again.")
        query = form.get("request", "")
        browser_secret = self.consent_cookie.read(request)
        try:
            consent = check_consent_token(form.get("consent", ""), browser_secret, query, self.clock())
            asked = await self._checked(query, request)
        except ConsentForged:
            return self._forged()
        except ConsentExpired:
            return self.pages.error(
                400, "This page has expired", "It was open for more than ten minutes. Start again from your assistant."
            )
        except AuthorizationError as refusal:
            return self._refused(refusal)
        if form.get("decision") == "deny":
            return await self._deny(request, asked, browser_secret or b"", consent)
        if form.get("decision") != "approve":
            return self.pages.error(400, "No decision was made", "Go back and choose whether to connect.")
        if await self.switches.is_on(Switch.NO_NEW_GRANTS):
            return self._switched_off(asked)
        assert browser_secret is not None  # noqa: S101 - the consent token was checked with it
        if consent.shown != asked.client.digest():
            return self._page(asked, query, browser_secret, client_changed=True)
        await self.limits.check(self.limits.decisions, request)
        await self.client_lookup.remember(asked.client)
        ticked = ticked_scopes(form, asked.scope)
        if not ticked:
            return self._page(asked, query, browser_secret, ticked=ticked)
        allowed = replace(asked, scope=ticked)
        api_token = form.get("api_token", "").strip()
        try:
            sealed = form.get("sealed_api_token", "")
            shown = open_api_token(sealed, browser_secret, consent.nonce) if sealed else ""
        except SealBroken:
            return self._forged()
        if not api_token and not shown and not self.sign_in.oauth.offers_sign_in:
            not_taken = NotTaken("Paste an API token to connect.")
            return self._page(asked, query, browser_secret, not_taken, ticked=ticked)
        if api_token or shown:
            api_token = api_token or shown
            response = await self.sign_in.by_api_token(
                request, allowed, browser_secret, consent, api_token, knowingly=api_token == shown
            )
        else:
            response = await self.sign_in.begin(allowed, browser_secret, consent)
        if isinstance(response, NotTaken):
            return self._page(asked, query, browser_secret, response, ticked=ticked, api_token=api_token)
        return response

    async def _deny(
        self, request: Request, asked: AuthorizationRequest, browser_secret: bytes, consent: ConsentToken
    ) -> Response:
        """A page is counted and recorded once. Sent again, it has the same answer and uses up nothing shared."""
        begins = await self.limits.check_address(self.limits.decisions.each, request)
        if await self.sign_in.to_provider.deny(browser_secret, consent.nonce):
            await self.limits.check_together(self.limits.decisions, request, begins=begins)
            await self.audit.of_client(What.CONSENT_DENIED, asked.client.id, asked.client.name, Actor.OWNER)
        return self._back(asked, error="access_denied")

    async def _checked(self, query: str, request: Request) -> AuthorizationRequest:
        parsed = parse_query(query)
        return checked(parsed, await self.client_lookup.find(parsed.client_id, request), self.settings.resource)

    def _page(
        self,
        asked: AuthorizationRequest,
        query: str,
        browser_secret: bytes,
        not_taken: NotTaken | None = None,
        *,
        ticked: frozenset[str] | None = None,
        api_token: str = "",
        client_changed: bool = False,
    ) -> Response:
        not_taken = not_taken or NotTaken("")
        response = self.consent_page.render(
            asked,
            query,
            browser_secret,
            ticked=asked.scope if ticked is None else ticked,
            api_token_refused=not_taken.sentence or None,
            client_changed=client_changed,
            sign_in_offered=self.sign_in.oauth.offers_sign_in,
            surplus=not_taken.surplus,
            api_token=api_token,
        )
        self.consent_cookie.set(response, browser_secret)
        return response

    def _back(self, asked: AuthorizationRequest, **parameters: str) -> Response:
        location = redirect_location(asked.redirect_uri, self.settings.issuer, asked.state, **parameters)
        return RedirectResponse(location, 303, PAGE_HEADERS)

    def _refused(self, refusal: AuthorizationError) -> Response:
        """Anybody can register a client, so a refusal is shown here and the person decides about going back: otherwise
        a bad request on purpose would make this an open redirector (RFC 9700 §4.11.2).
        """
        title = "This connection cannot be made"
        if isinstance(refusal, RedirectableError):
            return self._shown(400, title, refusal)
        return self.pages.error(400, title, refusal.sentence, kind=refusal.code)

    def _switched_off(self, asked: AuthorizationRequest) -> Response:
        sentence = (
            "Whoever runs this service has switched new connections off for now. Those that there are go on. "
            "Start again from your assistant later."
        )
        refusal = RedirectableError(
            "temporarily_unavailable", sentence, redirect_uri=asked.redirect_uri, state=asked.state
        )
        return self._shown(503, "No new connections for now", refusal)

    def _shown(self, status: int, title: str, refusal: RedirectableError) -> Response:
        target = redirect_target(refusal.redirect_uri)
        back = redirect_location(refusal.redirect_uri, self.settings.issuer, refusal.state, error=refusal.code)
        back_to = target.host or target.scheme
        return self.pages.error(status, title, refusal.sentence, back=back, back_to=back_to, kind=refusal.code)

    def _forged(self) -> Response:
        return self.pages.error(
            403,
            "This decision did not come from our page",
            "Nothing was connected. Start again from your assistant, in this browser and with cookies allowed.",
        )
