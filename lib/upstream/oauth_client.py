"""Our side as the provider's OAuth client, over HTTP: discovery, token requests, revocation (RFC 8414, 6749, 7009).

What each failure says about the provider matters more than its cause: Unreachable means that nothing was sent,
NotAnswering and UnexpectedAnswer that the provider may have acted.
"""

from collections.abc import Mapping
from urllib.parse import urlencode

import anyio
import httpx

from lib.clock import Clock
from lib.jmap.body import read
from lib.jmap.document import decode
from lib.jmap.errors import NotAnswering
from lib.jmap.exchange import Bounds, exchange, request_of
from lib.jmap.refusal import refusal
from lib.upstream.metadata import ServerMetadata, process_server_metadata, server_metadata_url
from lib.upstream.provider import Provider
from lib.upstream.token_response import ProviderTokens, code_form, process_token_response, refresh_form

_BOUNDS = Bounds(body=65_536)
_METADATA_LIFETIME = 3600
_FORM = "application/x-www-form-urlencoded"
_OAUTH_ERROR_STATUSES = (200, 400, 401, 403)


class OAuthClient:
    """One for each provider and process. It remembers the provider's metadata for an hour, and nothing of anybody."""

    def __init__(self, http: httpx.AsyncClient, provider: Provider, clock: Clock, bounds: Bounds = _BOUNDS) -> None:
        self.provider = provider
        self._http = http
        self._hosts = provider.allowed_hosts
        self._clock = clock
        self._bounds = bounds
        self._metadata: ServerMetadata | None = None
        self._metadata_until = 0

    async def metadata(self) -> ServerMetadata:
        """RFC 8414 §3. Raises MailboxError; a failure is not remembered."""
        now = self._clock()
        if self._metadata is None or now >= self._metadata_until:
            url = server_metadata_url(self.provider.issuer)
            status, body = await self._exchange("GET", url, None)
            if status != 200:
                raise refusal(status, b"", wait=None, now=now)
            self._metadata = process_server_metadata(decode(body), self.provider.issuer, self._hosts)
            self._metadata_until = now + _METADATA_LIFETIME
        return self._metadata

    async def redeem(self, *, code: str, redirect_uri: str, code_verifier: str) -> ProviderTokens:
        """RFC 6749 §4.1.3."""
        form = code_form(self.provider, code=code, redirect_uri=redirect_uri, code_verifier=code_verifier)
        return await self._token_request(form)

    async def refresh(self, refresh_token: str) -> ProviderTokens:
        """RFC 6749 §6. Whoever calls this holds the grant's lease and stores the answer before anything else."""
        return await self._token_request(refresh_form(self.provider, refresh_token))

    async def revoke(self, token: str) -> bool:
        """RFC 7009 §2.1: True when the provider says that the token is dead, False when it offers no revocation.

        Raises MailboxError.
        """
        endpoint = (await self.metadata()).revocation_endpoint
        if endpoint is None:
            return False
        status, body = await self._exchange(
            "POST", endpoint, {"token": token, "client_id": self.provider.client_id or ""}
        )
        if status != 200:
            raise refusal(status, body, wait=None, now=self._clock())
        return True

    async def _token_request(self, form: Mapping[str, str]) -> ProviderTokens:
        try:
            # Discovery included: whoever refreshes holds a lease that is only a little longer than this.
            with anyio.fail_after(self._bounds.total):
                status, body = await self._exchange("POST", (await self.metadata()).token_endpoint, form)
        except TimeoutError:
            raise NotAnswering("no whole answer in time") from None
        return process_token_response(status, body, now=self._clock(), asked=self.provider.scopes)

    async def _exchange(self, method: str, url: str, form: Mapping[str, str] | None) -> tuple[int, bytes]:
        content = None if form is None else urlencode(form).encode()
        url = self._hosts.check(url)
        request = request_of(method, url, {}, self._bounds, content=content, content_type=_FORM)
        return await exchange(self._http, request, self._read, self._bounds)

    async def _read(self, response: httpx.Response) -> tuple[int, bytes]:
        status = response.status_code
        if status not in _OAUTH_ERROR_STATUSES:
            raise refusal(status, b"", wait=response.headers.get("retry-after"), now=self._clock())
        return status, await read(response, limit=self._bounds.body)
