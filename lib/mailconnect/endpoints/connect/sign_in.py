"""From the owner's approval to the authorization code: by the provider's sign-in, or by an API token."""

import dataclasses
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from mailconnect import log
from mailconnect.audit import Audit
from mailconnect.end_grant import Wake, end_grant
from mailconnect.endpoints.connect.back_to_assistant import back_to_assistant
from mailconnect.endpoints.limits.token_bucket import FailedTokens
from mailconnect.endpoints.pages.context import PageContext
from mailconnect.endpoints.provider_sign_in.to_provider import PageUsed, ToProvider
from mailconnect.endpoints.provider_sign_in.why_refused import (
    TOO_MANY,
    lasting_cause,
    why_not_at_all,
    why_not_registered,
    why_refused,
)
from mailconnect.grants.authorization import Consented, authorize, new_grant_key
from mailconnect.grants.lifetimes import Lifetimes
from mailconnect.grants.retirement import Reason
from mailconnect.grants.sending import FIRST
from mailconnect.grants.sign_in import PendingSignIn, provider_code_verifier
from mailconnect.jmap.client import JmapClient
from mailconnect.keys.port import DataKeySealer, KeyUnavailable, OwnerKey
from mailconnect.languages.words import marked
from mailconnect.mail.errors import MailboxError, NotAnswering, Throttled, Unreachable, UpstreamFault
from mailconnect.oauth.authorization_request import AuthorizationRequest
from mailconnect.oauth.consent import ConsentToken
from mailconnect.oauth.scopes import NOTICE_VERSION, format_scope
from mailconnect.provider.connect import Connected, connect_by_api_token, connect_by_code, give_back
from mailconnect.provider.errors import RegistrationRefused
from mailconnect.provider.oauth_client import OAuthClient
from mailconnect.store.audit import Actor, What
from mailconnect.store.errors import StoreUnavailable
from mailconnect.store.grants import Grants
from mailconnect.store.switchboard import Switchboard
from mailconnect.store.switches import Switch

_PASSING = (Unreachable, NotAnswering, Throttled, UpstreamFault)


@dataclass(frozen=True, slots=True)
class NotTaken:
    """Why the consent page is shown again: a sentence, or the rights of the API token beyond those that are needed."""

    sentence: str
    surplus: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SignIn:
    context: PageContext
    lifetimes: Lifetimes
    grants: Grants
    switches: Switchboard
    audit: Audit
    to_provider: ToProvider
    sealer: DataKeySealer
    owners: OwnerKey
    oauth: OAuthClient
    jmap: JmapClient
    wake_sweep: Wake
    failed_tokens: FailedTokens
    """Limits the API tokens that the provider is asked about: anybody can paste one."""

    async def begin(
        self, asked: AuthorizationRequest, browser_secret: bytes, consent: ConsentToken, *, sending: str = ""
    ) -> Response | NotTaken:
        """Redirects to the provider, unless it does not register our client or can never be signed in at.

        `sending`: how it may send (mailconnect.grants.sending).
        """
        pending = self._pending(asked, sending)
        try:
            return await self.to_provider.begin(pending, browser_secret, consent.nonce)
        except RegistrationRefused as refused:
            log.record("registration_refused", reason=str(refused))
            return NotTaken(why_not_registered(refused, self.oauth.provider))
        except MailboxError as error:
            log.record("sign_in_failed", reason=type(error).__name__, detail=str(error))
            if (cause := lasting_cause(error)) is not None:
                return NotTaken(why_not_at_all(cause, self.oauth.provider))
            return self._back(pending, error="temporarily_unavailable")
        except PageUsed:
            return self._used()

    async def by_api_token(
        self,
        request: Request,
        asked: AuthorizationRequest,
        browser_secret: bytes,
        consent: ConsentToken,
        api_token: str,
        *,
        knowingly: bool,
        sending: str = "",
    ) -> Response | NotTaken:
        """Goes straight to the code, or shows the consent page again. The provider sees the token before any store
        does.

        `knowingly`: the owner has agreed to use a token that may do more than is needed.
        """
        pending, began_at = self._pending(asked, sending), self.context.clock()
        try:
            await self.to_provider.use_up(browser_secret, consent.nonce)
        except PageUsed:
            return self._used()
        if not self.failed_tokens.allow(request):
            return NotTaken(TOO_MANY)
        try:
            connected = await connect_by_api_token(self.oauth, self.jmap, api_token, asked.scope)
        except MailboxError as error:
            self.failed_tokens.failed(request)
            log.record("api_token_refused", reason=type(error).__name__, detail=str(error))
            return NotTaken(why_refused(error, self.oauth.provider, api_token))
        if connected.surplus and not knowingly:
            log.record("api_token_may_do_more")
            return NotTaken("", connected.surplus)
        return await self._grant(pending, connected, began_at)

    async def finish(self, pending: PendingSignIn, *, code: str, state: str, binding: bytes, began_at: int) -> Response:
        """With the provider's code. The caller has made sure that it is used once."""
        if await self._switched_off():
            return self._back(pending, error="temporarily_unavailable")
        try:
            connected = await connect_by_code(
                self.oauth,
                self.jmap,
                code=code,
                redirect_uri=self.context.settings.callback,
                code_verifier=provider_code_verifier(binding, state),
                client_id=pending.provider_client_id,
            )
        except MailboxError as error:
            return self.failed(pending, error)
        return await self._grant(pending, connected, began_at)

    async def _switched_off(self) -> bool:
        """Whether new connections were switched off after the consent, or the switch cannot be read: the sign-in is
        under way, so the client gets an error and no page.
        """
        try:
            return await self.switches.is_on(Switch.NO_NEW_GRANTS)
        except StoreUnavailable:
            return True

    def _pending(self, asked: AuthorizationRequest, sending: str) -> PendingSignIn:
        return PendingSignIn(
            client_id=asked.client.id,
            client_name=asked.client.name,
            redirect_uri=asked.redirect_uri,
            scope=format_scope(asked.scope),
            resource=self.context.settings.resource,
            code_challenge=asked.code_challenge,
            notice_version=NOTICE_VERSION,
            state=asked.state,
            sending=sending,
        )

    async def _grant(self, pending: PendingSignIn, connected: Connected, began_at: int) -> Response:
        new = new_grant_key(self.context.entropy)
        now = self.context.clock()
        try:
            owner = await self.owners.owner(self.oauth.provider.id, connected.username)
            sealed_data_key = await self.sealer.seal_data_key(new.data_key, new.grant_id)
            grant, code = authorize(
                self._consented(pending, owner),
                connected.props,
                connected.facts,
                new,
                sealed_data_key,
                now=now,
                lifetimes=self.lifetimes,
                entropy=self.context.entropy,
                widening_key=await self.owners.widening_key(new.grant_id),
            )
            await self.grants.put(grant)
            # Only now: a deletion that does not find this grant was asked for before, and is found here.
            deleted = await self.audit.erasing(owner, began_at)
        except (KeyUnavailable, StoreUnavailable):
            if connected.props.refresh_token is not None:
                await give_back(self.oauth, connected.props.refresh_token, client_id=connected.props.client_id)
            return self._back(pending, error="temporarily_unavailable")
        if deleted:
            await end_grant(
                grant,
                Reason.OWNER_DISCONNECTED,
                Actor.OWNER,
                grants=self.grants,
                audit=self.audit,
                wake=self.wake_sweep,
                in_history=False,
            )
            return self.refused(pending, "access_denied")
        await self.audit.of_grant(What.CONNECTED, grant, Actor.OWNER, f"notice {grant.notice_version}")
        if grant.sending not in (None, FIRST.text):
            await self.audit.of_grant(What.SENDING_CHOSEN, grant, Actor.OWNER, grant.sending)
        return self._back(pending, code=code.text)

    def _consented(self, pending: PendingSignIn, owner: str) -> Consented:
        fields = dataclasses.asdict(pending)
        del fields["state"], fields["provider_client_id"]
        fields["sending"] = pending.sending or None
        return Consented(owner=owner, provider=self.oauth.provider.id, **fields)

    def failed(self, pending: PendingSignIn, error: MailboxError) -> Response:
        """The assistant is told that it may try again only where that may help, and else why not."""
        log.record("sign_in_failed", reason=type(error).__name__, detail=str(error))
        if isinstance(error, _PASSING):
            return self._back(pending, error="temporarily_unavailable")
        cause = lasting_cause(error)
        if cause is None:
            return self._back(pending, error="server_error")
        return self._back(
            pending,
            error="server_error",
            error_description=marked("The mail provider cannot be connected: %(cause)s.", cause=cause),
        )

    def refused(self, pending: PendingSignIn, error: str) -> Response:
        log.record("sign_in_refused", reason=error)
        return self._back(pending, error=error)

    def _back(self, pending: PendingSignIn, **parameters: str) -> Response:
        return back_to_assistant(self.context, pending.redirect_uri, pending.state, pending.client_name, **parameters)

    def _used(self) -> Response:
        return self.context.pages.error(
            400,
            marked("This page has been used"),
            marked("To connect again, or another mailbox, start again from your assistant."),
            stamp=marked("Already done"),
        )
