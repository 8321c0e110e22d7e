"""From the person's approval to the code: by way of the provider's sign-in, or by an API token."""

import dataclasses
from dataclasses import dataclass

from starlette.responses import RedirectResponse, Response

from lib import audit
from lib.clock import Clock, Entropy
from lib.endpoints.ceiling import Ceiling
from lib.endpoints.cookies import Cookie
from lib.endpoints.pages import PAGE_HEADERS, Pages
from lib.grants.authorization import Consented, authorize, new_doors
from lib.grants.lifetimes import Lifetimes
from lib.grants.sign_in import (
    LIFETIME,
    USED,
    PendingSignIn,
    binding_of,
    pending_key,
    provider_code_verifier,
    seal_pending,
    state_of,
)
from lib.jmap.client import JmapClient
from lib.jmap.errors import (
    MailboxError,
    NoMailAccount,
    NotAnswering,
    Throttled,
    Unauthorized,
    Unreachable,
    UpstreamFault,
)
from lib.keys.port import DataKeySealer, KeyUnavailable, OwnerNamer
from lib.oauth.authorization_request import AuthorizationRequest
from lib.oauth.authorization_response import redirect_location
from lib.oauth.consent import ConsentToken
from lib.oauth.pkce import s256
from lib.oauth.scopes import NOTICE_VERSION, format_scope
from lib.settings import Settings
from lib.store.audit import Actor, What
from lib.store.errors import AlreadyExists, StoreUnavailable
from lib.store.grants import Grants
from lib.store.ledger import Entry, Ledger
from lib.store.switchboard import Switchboard
from lib.store.switches import Switch
from lib.trail import Trail
from lib.upstream.authorization import authorization_url
from lib.upstream.connect import Connected, connect_by_api_token, connect_by_code, give_back
from lib.upstream.oauth_client import OAuthClient

_TOO_MANY = "Too many people are connecting at this moment. Try again in a minute."
_PASSING = (Unreachable, NotAnswering, Throttled, UpstreamFault)


@dataclass(frozen=True, slots=True)
class SignIn:
    settings: Settings
    lifetimes: Lifetimes
    pages: Pages
    grants: Grants
    ledger: Ledger
    switches: Switchboard
    trail: Trail
    sealer: DataKeySealer
    owners: OwnerNamer
    oauth: OAuthClient
    jmap: JmapClient
    clock: Clock
    entropy: Entropy
    sign_in_cookie: Cookie
    asked_by_strangers: Ceiling
    """On the requests to the provider that anybody can cause."""

    async def begin(self, asked: AuthorizationRequest, browser_secret: bytes, consent: ConsentToken) -> Response:
        """To the provider. The state exists, here and in the browser, only from now on."""
        pending = self._pending(asked)
        binding = binding_of(browser_secret)
        state = state_of(binding, consent.nonce)
        try:
            metadata = await self.oauth.metadata()
            provider = await self.oauth.resolved()
        except MailboxError:
            return self._back(pending, error="temporarily_unavailable")
        entry = Entry(
            key=pending_key(state),
            value=seal_pending(pending, state, binding, self.entropy),
            expires_at=self.clock() + LIFETIME,
        )
        if not await self._begun(entry):
            return self._used()
        url = authorization_url(
            provider,
            metadata,
            redirect_uri=self.settings.callback,
            state=state,
            code_challenge=s256(provider_code_verifier(binding, state)),
        )
        answer = RedirectResponse(url, 303, PAGE_HEADERS)
        self.sign_in_cookie.set(answer, binding)
        return answer

    async def by_api_token(
        self, asked: AuthorizationRequest, browser_secret: bytes, consent: ConsentToken, api_token: str
    ) -> Response | str:
        """Straight to the code, or a sentence for the consent page. The provider sees the token before any store."""
        pending = self._pending(asked)
        state = state_of(binding_of(browser_secret), consent.nonce)
        now = self.clock()
        try:
            # Each page shown is good for one try.
            await self.ledger.put(Entry(key=pending_key(state), value=USED, expires_at=now + LIFETIME), now)
        except AlreadyExists:
            return self._used()
        if not self.asked_by_strangers.allows():
            return _TOO_MANY
        try:
            connected = await connect_by_api_token(self.oauth, self.jmap, api_token)
        except MailboxError as error:
            audit.record("api_token_refused", reason=type(error).__name__)
            return self._why_refused(error)
        return await self._grant(pending, connected)

    async def finish(self, pending: PendingSignIn, *, code: str, state: str, binding: bytes) -> Response:
        """With the provider's code, which the caller has seen to be used once."""
        if await self._switched_off() or not self.asked_by_strangers.allows():
            return self._back(pending, error="temporarily_unavailable")
        try:
            connected = await connect_by_code(
                self.oauth,
                self.jmap,
                code=code,
                redirect_uri=self.settings.callback,
                code_verifier=provider_code_verifier(binding, state),
            )
        except MailboxError as error:
            audit.record("sign_in_failed", reason=type(error).__name__)
            return self._back(
                pending, error="temporarily_unavailable" if isinstance(error, _PASSING) else "server_error"
            )
        return await self._grant(pending, connected)

    async def _switched_off(self) -> bool:
        """Since the person consented, or not known: the sign-in is under way, and the assistant is owed an answer."""
        try:
            return await self.switches.is_on(Switch.NO_NEW_GRANTS)
        except StoreUnavailable:
            return True

    def _why_refused(self, error: MailboxError) -> str:
        """For the person; the errors' own text is for a model."""
        provider = self.oauth.provider.name
        match error:
            case Unauthorized():
                return f"This API token is not one that {provider} accepts for mail. Check it, or make a new one."
            case NoMailAccount():
                return "This API token reaches no mail account. Make one that may read mail."
            case _:
                return f"There was no usable answer from {provider}. Try again in a minute."

    def _pending(self, asked: AuthorizationRequest) -> PendingSignIn:
        return PendingSignIn(
            client_id=asked.client.id,
            client_name=asked.client.name,
            redirect_uri=asked.redirect_uri,
            scope=format_scope(asked.scope),
            resource=self.settings.resource,
            code_challenge=asked.code_challenge,
            notice_version=NOTICE_VERSION,
            state=asked.state,
        )

    async def _begun(self, entry: Entry) -> bool:
        """False when this page's sign-in has been finished already; a double click finds its own beginning."""
        now = self.clock()
        try:
            await self.ledger.put(entry, now)
        except AlreadyExists:
            begun = await self.ledger.get(entry.key, now)
            return begun is not None and begun.value != USED
        return True

    async def _grant(self, pending: PendingSignIn, connected: Connected) -> Response:
        doors = new_doors(self.entropy)
        now = self.clock()
        try:
            owner = await self.owners.owner(self.oauth.provider.id, connected.username)
            sealed_data_key = await self.sealer.seal_data_key(doors.data_key, doors.grant_id)
            grant, code = authorize(
                self._consented(pending, owner),
                connected.props,
                connected.facts,
                doors,
                sealed_data_key,
                now=now,
                lifetimes=self.lifetimes,
                entropy=self.entropy,
            )
            await self.grants.put(grant)
        except (KeyUnavailable, StoreUnavailable):
            if connected.props.refresh_token is not None:
                await give_back(self.oauth, connected.props.refresh_token)
            return self._back(pending, error="temporarily_unavailable")
        await self.trail.of_grant(What.CONNECTED, grant, Actor.OWNER, f"notice {grant.notice_version}")
        return self._back(pending, code=code.text)

    def _consented(self, pending: PendingSignIn, owner: str) -> Consented:
        fields = dataclasses.asdict(pending)
        del fields["state"]
        return Consented(owner=owner, provider=self.oauth.provider.id, **fields)

    def refused(self, pending: PendingSignIn, error: str) -> Response:
        audit.record("sign_in_refused", reason=error)
        return self._back(pending, error=error)

    def _back(self, pending: PendingSignIn, **parameters: str) -> Response:
        location = redirect_location(pending.redirect_uri, self.settings.issuer, pending.state, **parameters)
        return RedirectResponse(location, 303, PAGE_HEADERS)

    def _used(self) -> Response:
        return self.pages.error(
            400, "This page has been used", "To connect again, or another mailbox, start again from your assistant."
        )
