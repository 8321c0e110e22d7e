"""`/account/sign-in`: the mailbox's owner shows who they are, at the provider or by an API token, and nothing is kept.

The same binding, state and PKCE as for a connection (mailconnect.grants.sign_in); the provider's response comes to
mailconnect.endpoints.provider_sign_in.callback.
"""

from dataclasses import dataclass
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mailconnect import log
from mailconnect.audit import Audit
from mailconnect.endpoints.account.deed import deed_of
from mailconnect.endpoints.account.guard import DELETE, SIGN_IN, Guard, approves, own_path, query_of, to
from mailconnect.endpoints.account.sessions import Sessions
from mailconnect.endpoints.approvals.browsers import TrustedBrowsers
from mailconnect.endpoints.http.reader import onward
from mailconnect.endpoints.limits.limits import Limits
from mailconnect.endpoints.limits.token_bucket import FailedTokens
from mailconnect.endpoints.pages.context import PageContext
from mailconnect.endpoints.pages.page_endpoint import page_endpoint
from mailconnect.endpoints.provider_sign_in.to_provider import PageUsed, ToProvider
from mailconnect.endpoints.provider_sign_in.why_refused import (
    TOO_MANY,
    lasting_cause,
    why_not_at_all,
    why_not_registered,
    why_refused,
)
from mailconnect.grants.sign_in import PendingAccount, provider_code_verifier
from mailconnect.jmap.client import JmapClient
from mailconnect.keys.port import OwnerNamer
from mailconnect.languages.words import marked
from mailconnect.mail.errors import MailboxError
from mailconnect.oauth.consent import NO_CLIENT, ConsentExpired, ConsentForged, check_consent_token, issue_consent_token
from mailconnect.oauth.errors import InvalidRequest
from mailconnect.oauth.form import parse_form
from mailconnect.provider.connect import identify_by_api_token, identify_by_code
from mailconnect.provider.errors import RegistrationRefused
from mailconnect.provider.oauth_client import OAuthClient
from mailconnect.store.audit import Actor, What

_REFUSED = {
    "access_denied": marked("So nothing is shown, and nothing was changed."),
    "temporarily_unavailable": marked("Your mail provider did not answer. Try again in a minute."),
}

_NOT_FOR_APPROVING = marked("An API token is not enough to send a message: it may be one that may only read. Sign in.")
_NOT_FOR_DELETING = marked(
    "An API token is not enough to delete everything: it may be one that may only read. Sign in."
)


@dataclass(frozen=True, slots=True)
class AccountSignIn:
    context: PageContext
    guard: Guard
    sessions: Sessions
    trusted: TrustedBrowsers
    to_provider: ToProvider
    owners: OwnerNamer
    audit: Audit
    oauth: OAuthClient
    jmap: JmapClient
    limits: Limits
    failed_tokens: FailedTokens

    def routes(self) -> list[Route]:
        return [Route(SIGN_IN, page_endpoint(self.context.pages, self.sign_in), methods=["GET", "POST"])]

    async def sign_in(self, request: Request) -> Response:
        return await (self.begin(request) if request.method == "POST" else self.ask(request))

    async def ask(self, request: Request) -> Response:
        """Shows the page, and stores nothing."""
        try:
            asked = parse_form(request.scope["query_string"].decode("latin-1"))
        except InvalidRequest:
            asked = {}
        browser_secret = self.context.consent_cookie.read(request) or self.context.entropy(32)
        return self._page(own_path(asked.get("next", "")), browser_secret)

    async def begin(self, request: Request) -> Response:
        form = await self.guard.form(request)
        if isinstance(form, Response):
            return form
        way = own_path(form.get("next", ""))
        pending = PendingAccount(next=way, remember=approves(way) and form.get("remember") == "yes")
        browser_secret = self.context.consent_cookie.read(request)
        try:
            consent = check_consent_token(
                form.get("consent", ""), browser_secret, _page_of(pending), self.context.clock()
            )
        except ConsentForged:
            return self.guard.forged()
        except ConsentExpired:
            return self.guard.sign_in_first(pending.next)
        assert browser_secret is not None  # noqa: S101 - the consent token was checked with it
        # Counted for its address alone: a flood from elsewhere must not keep an owner from ending a connection.
        await self.limits.check_address(self.limits.decisions.each, request)
        api_token = form.get("api_token", "").strip()
        if api_token and self._needs_sign_in(pending):
            refused = _NOT_FOR_APPROVING if approves(pending.next) else _NOT_FOR_DELETING
            return self._page(pending.next, browser_secret, refused)
        try:
            if api_token:
                return await self._by_api_token(request, pending, browser_secret, consent.nonce, api_token)
            if not self.oauth.offers_sign_in:
                return self._page(pending.next, browser_secret, marked("Paste an API token to sign in."))
            return await self.to_provider.begin(pending, browser_secret, consent.nonce)
        except PageUsed:
            return self.guard.sign_in_first(pending.next)
        except RegistrationRefused as refused:
            log.record("registration_refused", reason=str(refused))
            return self._page(pending.next, browser_secret, why_not_registered(refused, self.oauth.provider))
        except MailboxError as error:
            return self.failed(error, pending.next)

    async def _by_api_token(
        self, request: Request, pending: PendingAccount, browser_secret: bytes, nonce: bytes, api_token: str
    ) -> Response:
        await self.to_provider.use_up(browser_secret, nonce)
        if not self.failed_tokens.allow(request, unknown=True):
            return self._page(pending.next, browser_secret, TOO_MANY)
        try:
            username = await identify_by_api_token(self.oauth, self.jmap, api_token)
        except MailboxError as error:
            self.failed_tokens.failed(request)
            log.record("api_token_refused", reason=type(error).__name__, detail=str(error))
            return self._page(pending.next, browser_secret, why_refused(error, self.oauth.provider, api_token))
        return await self._signed_in(request, pending, username, by_api_token=True)

    async def finish(
        self, request: Request, pending: PendingAccount, *, code: str, state: str, binding: bytes
    ) -> Response:
        """With the provider's code. The caller has made sure that it is used once."""
        try:
            username = await identify_by_code(
                self.oauth,
                self.jmap,
                code=code,
                redirect_uri=self.context.settings.callback,
                code_verifier=provider_code_verifier(binding, state),
                client_id=pending.provider_client_id,
            )
        except MailboxError as error:
            return self.failed(error, pending.next)
        return await self._signed_in(request, pending, username, by_api_token=False)

    async def _signed_in(
        self, request: Request, pending: PendingAccount, username: str, *, by_api_token: bool
    ) -> Response:
        owner = await self.owners.owner(self.oauth.provider.id, username)
        response = to(pending.next)
        await self.sessions.begin(request, response, owner=owner, username=username, by_api_token=by_api_token)
        await self.audit.of_owner(What.SIGNED_IN, owner, Actor.OWNER)
        if pending.remember:
            await self.trusted.remember(request, response, owner)
        return response

    def _needs_sign_in(self, pending: PendingAccount) -> bool:
        """Whether it is the way to a deed for which an API token is not enough, as it may be one that may only read."""
        return (pending.next == DELETE or approves(pending.next)) and self.oauth.offers_sign_in

    def failed(self, error: MailboxError, next_path: str) -> Response:
        log.record("sign_in_failed", reason=type(error).__name__, detail=str(error))
        cause = lasting_cause(error)
        if cause is None:
            return self.refused("temporarily_unavailable", next_path)
        return self.refused("server_error", next_path, why_not_at_all(cause, self.oauth.provider))

    def refused(self, error: str, next_path: str, sentence: str = "") -> Response:
        sentence = sentence or _REFUSED.get(
            error, marked("Your mail provider did not let you in. Try again, or ask whom it serves.")
        )
        again = onward(f"{SIGN_IN}?next={quote(next_path)}")
        provider = self.oauth.provider
        help_ = marked(
            "Take the access back at %(provider)s. %(where)s From then on no assistant gets anything through here.",
            provider=provider.name,
            where=provider.settings_hint,
        )
        return self.context.pages.error(
            400,
            marked("You did not sign in"),
            sentence,
            note=(marked("Cannot sign in?"), help_),
            ways=((again, marked("Try again")), ("/", marked("Home page"))),
        )

    def _page(self, next_path: str, browser_secret: bytes, api_token_refused: str | None = None) -> Response:
        pending = PendingAccount(next=next_path)
        page = _page_of(pending)
        clock, entropy = self.context.clock, self.context.entropy
        consent = issue_consent_token(browser_secret, page, NO_CLIENT, clock(), entropy)
        response = self.context.pages.render(
            "account_sign_in.html",
            200 if api_token_refused is None else 400,
            provider=self.oauth.provider,
            sign_in_offered=self.oauth.offers_sign_in,
            api_token_taken=not self._needs_sign_in(pending),
            approving=approves(next_path),
            next=next_path,
            path=onward(SIGN_IN),
            deed=deed_of(query_of(next_path.partition("?")[2])),
            consent=consent.text,
            api_token_refused=api_token_refused,
        )
        self.context.consent_cookie.set(response, browser_secret)
        return response


def _page_of(pending: PendingAccount) -> str:
    """The purpose in the page's token. No authorization request has this form."""
    return f"{SIGN_IN} {pending.next}"
