"""Our side as the provider's OAuth client, over HTTP: discovery, token requests, revocation (RFC 8414, 6749, 7009).

What each failure says about the provider matters more than its cause: Unreachable means that nothing was sent,
NotAnswering and UnexpectedAnswer that the provider may have acted.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from urllib.parse import urlencode

from mailconnect.clock import Clock
from mailconnect.grants.props import Props
from mailconnect.jmap.refusal import refusal
from mailconnect.mail.errors import Moved, UnexpectedAnswer
from mailconnect.outbound.exchange import ExchangeBounds, exchange, request_of, within
from mailconnect.outbound.transport import Transport
from mailconnect.provider.discovery import Discovery
from mailconnect.provider.metadata import ServerMetadata
from mailconnect.provider.provider import Provider
from mailconnect.provider.registration import Registration
from mailconnect.provider.token_response import code_form, process_token_response, refresh_form

BOUNDS = ExchangeBounds(body=65_536)
_FORM = "application/x-www-form-urlencoded"
_OAUTH_STATUSES = (200, 201, 400, 401, 403, 404, 422)


class OAuthClient:
    """One for each provider and process. It remembers the provider's metadata, and nothing of anybody."""

    def __init__(
        self,
        transport: Transport,
        provider: Provider,
        clock: Clock,
        bounds: ExchangeBounds = BOUNDS,
        *,
        registration: Registration | None = None,
    ) -> None:
        self.provider = provider
        self._transport = transport
        self._hosts = provider.allowed_hosts
        self._clock = clock
        self._bounds = bounds
        self._registration = registration
        self._discovery = Discovery(transport, provider, clock, bounds)

    async def metadata(self) -> ServerMetadata:
        """Raises MailboxError; a failure is not remembered."""
        return await self._discovery.server()

    @property
    def offers_sign_in(self) -> bool:
        """Or else an API token alone can connect."""
        if self.provider.client_id is not None:
            return True
        return self._registration is not None and not self._registration.refused

    async def resolved(self, client_id: str = "") -> Provider:
        """The provider with its session's own URL, and with our client id, today's or that one. Raises MailboxError."""
        ours = client_id or await self.client_id()
        resource = await self._resource() if self.provider.sends_resource else ""
        return replace(self.provider, session_url=await self.session_url(), client_id=ours, resource=resource)

    async def _resource(self) -> str:
        """Raises MailboxError."""
        if self.provider.issuer is not None:
            return ""  # the session's metadata is not asked for
        return (await self.metadata()).resource or ""

    async def session_url(self) -> str:
        """Raises MailboxError."""
        return await self._discovery.session_url() if self.provider.resolves else self.provider.session_url

    async def client_id(self) -> str | None:
        """Our client id there; None where an API token alone can connect. Raises MailboxError."""
        if self._registration is None:
            return self.provider.client_id
        return await self._registration.client_id((await self.metadata()).registration_endpoint, self._post_json)

    async def redeem(self, *, code: str, redirect_uri: str, code_verifier: str, client_id: str = "") -> Props:
        """RFC 6749 §4.1.3. `client_id` is the one that the code was given to; ours of today unless named."""
        return await self._token_request(
            lambda provider: code_form(provider, code=code, redirect_uri=redirect_uri, code_verifier=code_verifier),
            client_id,
        )

    async def prepare(self, client_id: str) -> None:
        """Asks for whatever a token request needs to know: what fails here has not reached the token endpoint.

        Raises MailboxError.
        """
        async with within(self._bounds.total):
            await self.metadata()
            await self.resolved(client_id)

    async def refresh(self, refresh_token: str, *, client_id: str = "") -> Props:
        """RFC 6749 §6. The caller holds the grant's lease and stores the response before anything else.

        `client_id` is the one that the token was given to; ours of today unless named.
        """
        return await self._token_request(lambda provider: refresh_form(provider, refresh_token), client_id)

    async def revoke(self, token: str, *, client_id: str = "") -> bool:
        """RFC 7009 §2.1: True when the provider says that the token is dead, False when it offers no revocation.

        Raises MailboxError.
        """
        endpoint = (await self.metadata()).revocation_endpoint
        if endpoint is None:
            return False
        status, body = await self._post(
            endpoint, {"token": token, "client_id": client_id or await self.client_id() or ""}
        )
        if status != 200:
            raise refusal(status, body, wait=None, now=self._clock())
        return True

    async def _token_request(self, form: Callable[[Provider], Mapping[str, str]], client_id: str) -> Props:
        # Discovery included: the lease of a refresh is only a little longer than this.
        async with within(self._bounds.total):
            endpoint = (await self.metadata()).token_endpoint
            status, body = await self._post(endpoint, form(await self.resolved(client_id)))
        return process_token_response(status, body, now=self._clock())

    async def _post(self, url: str, form: Mapping[str, str]) -> tuple[int, bytes]:
        return await self._exchange(url, urlencode(form).encode(), _FORM)

    async def _post_json(self, url: str, document: bytes) -> tuple[int, bytes]:
        return await self._exchange(url, document, "application/json")

    async def _exchange(self, url: str, content: bytes, content_type: str) -> tuple[int, bytes]:
        url = self._hosts.check(url)
        request = request_of("POST", url, {}, self._bounds, content=content, content_type=content_type)
        limit = self._bounds.body
        received = await exchange(
            self._transport,
            request,
            self._bounds.total,
            limit=limit,
            limit_of_error=lambda status: limit if status in _OAUTH_STATUSES else 0,
        )
        status = received.status
        if status not in _OAUTH_STATUSES:
            error = refusal(status, b"", wait=received.header("retry-after"), now=self._clock())
            # Only JMAP's API is looked for elsewhere: a token request that may have arrived is not made again.
            raise UnexpectedAnswer(str(status)) if isinstance(error, Moved) else error
        return status, received.body
