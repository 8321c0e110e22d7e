"""`/authorize`: the consent page, and the owner's decision (RFC 6749 §4.1.1; MCP authorization, consent)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mailconnect.audit import Audit
from mailconnect.endpoints.connect.back_to_assistant import back_to_assistant
from mailconnect.endpoints.connect.client_lookup import ClientLookup
from mailconnect.endpoints.connect.sign_in import NotTaken, SignIn
from mailconnect.endpoints.http.body import read_form
from mailconnect.endpoints.http.errors import wants_json
from mailconnect.endpoints.http.reader import reader_of, reading
from mailconnect.endpoints.http.responses import json_response
from mailconnect.endpoints.http.same_origin import sent_from_here
from mailconnect.endpoints.limits.limits import Limits
from mailconnect.endpoints.pages.consent import Again, AskedAgain, ConsentPage
from mailconnect.endpoints.pages.context import PageContext
from mailconnect.endpoints.pages.ladder import SENDING, chosen_scopes, sending_choice
from mailconnect.endpoints.pages.page_endpoint import page_endpoint
from mailconnect.endpoints.pages.rendering import SHOWN_FROM_THE_TOP
from mailconnect.grants.errors import SealBroken
from mailconnect.grants.sending import SEND
from mailconnect.grants.sign_in import open_api_token
from mailconnect.languages.words import marked
from mailconnect.oauth.authorization_request import AuthorizationRequest, checked, parse_query
from mailconnect.oauth.authorization_response import redirect_location
from mailconnect.oauth.consent import (
    ConsentExpired,
    ConsentForged,
    ConsentToken,
    CookieMissing,
    check_consent_token,
)
from mailconnect.oauth.errors import AuthorizationError, InvalidRequest, RedirectableError
from mailconnect.oauth.redirect_uri import redirect_target
from mailconnect.store.audit import Actor, What
from mailconnect.store.switchboard import Switchboard
from mailconnect.store.switches import Switch

_MAX_FORM = 32_768


@dataclass(frozen=True, slots=True)
class Authorize:
    context: PageContext
    consent_page: ConsentPage
    sign_in: SignIn
    client_lookup: ClientLookup
    limits: Limits
    switches: Switchboard
    audit: Audit

    def routes(self) -> list[Route]:
        return [Route("/authorize", page_endpoint(self.context.pages, self.authorize), methods=["GET", "POST"])]

    async def authorize(self, request: Request) -> Response:
        return await (self.decide(request) if request.method == "POST" else self.ask(request))

    async def ask(self, request: Request) -> Response:
        """Shows the page and stores nothing: assistants fetch it twice, and link scanners as often as they like."""
        query = request.scope["query_string"].decode("latin-1")
        try:
            asked = await self._checked(query, request)
        except AuthorizationError as error:
            if wants_json(request.scope):
                description = str(error.details or error.sentence)
                return json_response({"error": error.code, "error_description": description}, 400)
            return self._error_page(error)
        if await self.switches.is_on(Switch.NO_NEW_GRANTS):
            return self._switched_off(asked)
        browser_secret = self.context.consent_cookie.read(request) or self.context.entropy(32)
        return self._page(asked, query, browser_secret)

    async def decide(self, request: Request) -> Response:
        """Validates the whole request again, so that an edited form gains nothing."""
        if not sent_from_here(request, self.context.settings.issuer):
            return self._forged()
        try:
            form = await read_form(request, _MAX_FORM)
        except InvalidRequest:
            return self.context.pages.error(
                400, marked("That form cannot be read"), marked("Go back to your assistant and connect again.")
            )
        with reading(reader_of(request.scope, form.get("request", ""))):
            return await self._decided(request, form)

    async def _decided(self, request: Request, form: Mapping[str, str]) -> Response:
        query = form.get("request", "")
        browser_secret = self.context.consent_cookie.read(request)
        try:
            consent = check_consent_token(form.get("consent", ""), browser_secret, query, self.context.clock())
            asked = await self._checked(query, request)
        except ConsentExpired:
            return await self._ask_anew(request, query, form, Again.LATE)
        except CookieMissing:
            return await self._ask_anew(request, query, form, Again.NO_COOKIE)
        except ConsentForged:
            return self._forged()
        except AuthorizationError as error:
            return self._error_page(error)
        assert browser_secret is not None  # noqa: S101 - the consent token was checked with it
        if form.get("decision") == "deny":
            return await self._deny(request, asked, browser_secret, consent)
        if form.get("decision") != "approve":
            return self.context.pages.error(
                400, marked("No decision was made"), marked("Go back and choose whether to connect.")
            )
        return await self._approve(request, form, asked, browser_secret, consent=consent)

    async def _approve(
        self,
        request: Request,
        form: Mapping[str, str],
        asked: AuthorizationRequest,
        browser_secret: bytes,
        *,
        consent: ConsentToken,
    ) -> Response:
        query = form.get("request", "")
        if await self.switches.is_on(Switch.NO_NEW_GRANTS):
            return self._switched_off(asked)
        if consent.shown != asked.client.digest():
            return self._page(asked, query, browser_secret, AskedAgain(why=Again.CLIENT_CHANGED))
        await self.limits.check(self.limits.decisions, request)
        await self.client_lookup.remember(asked.client)
        chosen = chosen_scopes(form, asked.scope)
        if not chosen:
            return self._page(asked, query, browser_secret, AskedAgain(why=Again.NOTHING_CHOSEN))
        if form.get("confirmed") != "yes":
            return self._page(
                asked,
                query,
                browser_secret,
                AskedAgain(why=Again.UNCONFIRMED, chosen=chosen, sending=form.get(SENDING, "")),
            )
        allowed = replace(asked, scope=chosen)
        choice = sending_choice(form) if SEND in chosen else None
        sending = choice.text if choice else ""
        pasted = form.get("api_token", "").strip()
        try:
            sealed = form.get("sealed_api_token", "")
            shown = open_api_token(sealed, browser_secret, consent.nonce) if sealed else ""
        except SealBroken:
            return self._forged()
        api_token = pasted or shown
        if not api_token and not self.sign_in.oauth.offers_sign_in:
            again = AskedAgain(
                why=Again.TOKEN_REFUSED,
                chosen=chosen,
                sentence=marked("Paste an API token to connect."),
                sending=form.get(SENDING, ""),
            )
            return self._page(asked, query, browser_secret, again)
        if api_token:
            # With neither the tick nor another token, the provider says again what this one may do.
            knowingly = api_token == shown and form.get("knowingly") == "yes"
            response = await self.sign_in.by_api_token(
                request, allowed, browser_secret, consent, api_token, knowingly=knowingly, sending=sending
            )
        else:
            response = await self.sign_in.begin(allowed, browser_secret, consent, sending=sending)
        if isinstance(response, NotTaken):
            again = AskedAgain(
                why=Again.SURPLUS if response.surplus else Again.TOKEN_REFUSED,
                chosen=chosen,
                sentence=response.sentence,
                surplus=response.surplus,
                api_token=api_token,
                sending=form.get(SENDING, ""),
            )
            return self._page(asked, query, browser_secret, again)
        return response

    async def _ask_anew(self, request: Request, query: str, form: Mapping[str, str], why: Again) -> Response:
        """Of a page that is too old, or that came without its cookie: as safe as to ask for the first time. Nothing of
        the form counts but which request it was about, and what the person had chosen.
        """
        try:
            asked = await self._checked(query, request)
        except AuthorizationError as error:
            return self._error_page(error)
        if await self.switches.is_on(Switch.NO_NEW_GRANTS):
            return self._switched_off(asked)
        browser_secret = self.context.consent_cookie.read(request) or self.context.entropy(32)
        chosen = chosen_scopes(form, asked.scope) or None
        return self._page(
            asked, query, browser_secret, AskedAgain(why=why, chosen=chosen, sending=form.get(SENDING, ""))
        )

    async def _deny(
        self, request: Request, asked: AuthorizationRequest, browser_secret: bytes, consent: ConsentToken
    ) -> Response:
        """A page is counted and recorded once. When it is sent again, it gets the same response and uses up nothing
        shared.
        """
        begins = await self.limits.check_address(self.limits.decisions.each, request)
        if await self.sign_in.to_provider.deny(browser_secret, consent.nonce):
            await self.limits.check_together(self.limits.decisions, request, begins=begins)
            await self.audit.of_client(What.CONSENT_DENIED, asked.client.id, asked.client.name, Actor.OWNER)
        return self._back(asked, error="access_denied")

    async def _checked(self, query: str, request: Request) -> AuthorizationRequest:
        parsed = parse_query(query)
        return checked(parsed, await self.client_lookup.find(parsed.client_id, request), self.context.settings.resource)

    def _page(
        self, asked: AuthorizationRequest, query: str, browser_secret: bytes, again: AskedAgain | None = None
    ) -> Response:
        response = self.consent_page.render(
            asked, query, browser_secret, sign_in_offered=self.sign_in.oauth.offers_sign_in, again=again
        )
        response.headers.update(SHOWN_FROM_THE_TOP)
        self.context.consent_cookie.set(response, browser_secret)
        return response

    def _back(self, asked: AuthorizationRequest, **parameters: str) -> Response:
        return back_to_assistant(self.context, asked.redirect_uri, asked.state, asked.client.name, **parameters)

    def _error_page(self, error: AuthorizationError) -> Response:
        """An error is shown here, and the owner decides whether to go back: since anybody can register a client, a
        redirect after a bad request would make this an open redirector (RFC 9700 §4.11.2).
        """
        title = marked("This connection cannot be made")
        if isinstance(error, RedirectableError):
            return self._shown(400, title, error)
        return self.context.pages.error(400, title, error.sentence, details=error.details, kind=error.code)

    def _switched_off(self, asked: AuthorizationRequest) -> Response:
        sentence = marked(
            "Whoever runs this service has switched new connections off for now. Those that there are go on. "
            "Start again from your assistant later."
        )
        error = RedirectableError(
            "temporarily_unavailable", sentence, redirect_uri=asked.redirect_uri, state=asked.state
        )
        return self._shown(503, marked("No new connections for now"), error)

    def _shown(self, status: int, title: str, error: RedirectableError) -> Response:
        target = redirect_target(error.redirect_uri)
        back = redirect_location(error.redirect_uri, self.context.settings.issuer, error.state, error=error.code)
        back_to = target.host or target.scheme
        return self.context.pages.error(
            status, title, error.sentence, details=error.details, back=back, back_to=back_to, kind=error.code
        )

    def _forged(self) -> Response:
        return self.context.pages.error(
            403,
            marked("This decision did not come from our page"),
            marked("Nothing was connected. Start again from your assistant, in this browser and with cookies allowed."),
        )
