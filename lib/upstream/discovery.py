"""From a JMAP session URL to where tokens come from (RFC 8620 §2.2, RFC 9728, RFC 8414): asked without any token.

Redirects are followed here alone, from one allowed host to another, since nothing is sent that could be stolen.
"""

from dataclasses import dataclass, field
from urllib.parse import urljoin

from lib.clock import Clock
from lib.jmap.body import read
from lib.jmap.document import decode
from lib.jmap.errors import UnexpectedAnswer
from lib.jmap.exchange import Bounds, exchange, request_of, within
from lib.jmap.refusal import refusal
from lib.jmap.transport import Response, Transport
from lib.upstream.metadata import (
    ServerMetadata,
    openid_configuration_url,
    process_server_metadata,
    server_metadata_url,
)
from lib.upstream.provider import Provider
from lib.upstream.resource_metadata import metadata_url_of, process_resource_metadata

_LIFETIME = 3600
_MOST_REDIRECTS = 3
_REDIRECTS = (301, 302, 303, 307, 308)


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    location: str | None = field(repr=False)
    challenge: str | None
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Session:
    """Where it is, and how it refuses who has no token."""

    url: str
    challenge: str | None


class Discovery:
    """What the provider publishes of itself, remembered for an hour; failures are not. All raise MailboxError."""

    def __init__(self, transport: Transport, provider: Provider, clock: Clock, bounds: Bounds) -> None:
        self._transport = transport
        self._provider = provider
        self._hosts = provider.allowed_hosts
        self._clock = clock
        self._bounds = bounds
        self._session: _Session | None = None
        self._session_until = 0
        self._server: ServerMetadata | None = None
        self._server_until = 0

    async def session_url(self) -> str:
        with within(self._bounds.total):
            return (await self._session_found()).url

    async def server(self) -> ServerMetadata:
        now = self._clock()
        if self._server is None or now >= self._server_until:
            with within(self._bounds.total):
                issuer = self._provider.issuer or await self._issuer()
                self._server = process_server_metadata(await self._server_document(issuer), issuer, self._hosts)
            self._server_until = now + _LIFETIME
        return self._server

    async def _session_found(self) -> _Session:
        now = self._clock()
        if self._session is None or now >= self._session_until:
            self._session = await self._follow(self._provider.session_url)
            self._session_until = now + _LIFETIME
        return self._session

    async def _follow(self, url: str) -> _Session:
        for _ in range(_MOST_REDIRECTS + 1):
            answer = await self._get(url)
            if answer.status not in _REDIRECTS:
                return _Session(url, answer.challenge)
            try:
                url = urljoin(url, answer.location or "")
            except ValueError:
                raise UnexpectedAnswer("a malformed redirect") from None
        raise UnexpectedAnswer("too many redirects")

    async def _issuer(self) -> str:
        session = await self._session_found()
        document = await self._document(metadata_url_of(session.challenge, session.url))
        return process_resource_metadata(document, session.url, self._hosts)

    async def _server_document(self, issuer: str) -> object:
        answer = await self._get(server_metadata_url(issuer))
        if answer.status == 404:
            return await self._document(openid_configuration_url(issuer))
        return self._decoded(answer)

    async def _document(self, url: str) -> object:
        return self._decoded(await self._get(url))

    def _decoded(self, answer: _Answer) -> object:
        if answer.status != 200:
            raise refusal(answer.status, b"", wait=None, now=self._clock())
        return decode(answer.body)

    async def _get(self, url: str) -> _Answer:
        url = self._hosts.check(url)
        request = request_of("GET", url, {}, self._bounds, content=None, content_type="")
        return await exchange(self._transport, request, self._read, self._bounds.total, repeatable=True)

    async def _read(self, response: Response) -> _Answer:
        status = response.status
        if status == 429 or status >= 500:
            raise refusal(status, b"", wait=response.header("retry-after"), now=self._clock())
        body = await read(response, limit=self._bounds.body) if status == 200 else b""
        return _Answer(status, response.header("location"), response.header("www-authenticate"), body)
