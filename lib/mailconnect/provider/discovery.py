"""From a JMAP session URL to where tokens come from (RFC 8620 §2.2, RFC 9728, RFC 8414): asked without any token.

Redirects are followed here alone, from one allowed host to another, since nothing is sent that could be stolen.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Generic, TypeVar
from urllib.parse import urljoin, urlsplit

from mailconnect.clock import Clock
from mailconnect.jmap.refusal import refusal
from mailconnect.jmap.response import decode
from mailconnect.mail.errors import (
    MailboxError,
    NotAnswering,
    Throttled,
    UnexpectedAnswer,
    Unreachable,
    UpstreamFault,
)
from mailconnect.outbound.exchange import ExchangeBounds, Received, exchange, request_of, within
from mailconnect.outbound.transport import Transport
from mailconnect.provider.metadata import (
    ServerMetadata,
    openid_configuration_url,
    process_server_metadata,
    server_metadata_url,
)
from mailconnect.provider.provider import Provider
from mailconnect.provider.resource_metadata import metadata_url_of, process_resource_metadata

_LIFETIME = 3600
_OUTLIVES_TROUBLE = 86_400
_ASKED_AGAIN = 60
_PATIENCE = 1.0
"""Seconds to retry in, while the cached value serves: a refresh that waited longer would have no time left. Finding the
session, which is a part of finding the server, has half of it. So both are known to be in trouble at once.
"""

_TROUBLE = (Unreachable, NotAnswering, Throttled, UpstreamFault)
"""Errors that say nothing of what the provider publishes."""

_WELL_KNOWN = "/.well-known/jmap"
_MAX_REDIRECTS = 3
_REDIRECTS = (301, 302, 303, 307, 308)


@dataclass(frozen=True, slots=True)
class _Session:
    """Where it is, and how it refuses who has no token."""

    url: str
    challenge: str | None


class _NotThereError(UnexpectedAnswer):
    """Of metadata, any other status says that there is none."""


class _NoneWithoutTokenError(UpstreamFault):
    """The session's URL answers with a fault where no token comes with the request: some servers always do."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.url = url


_T = TypeVar("_T")


@dataclass(slots=True)
class _Remembered(Generic[_T]):
    """For an hour, and through the provider's trouble for a day (RFC 5861 §4): the documents hardly ever change, and no
    refresh need fail for them. A failure is not cached; while the cached value serves, it is not retried within a
    minute either.
    """

    _known: _T | None = None
    _until: int = 0
    _at_most: int = 0

    async def or_asked(self, clock: Clock, ask: Callable[[], Awaitable[_T]], seconds: float, *, patience: float) -> _T:
        """`ask` may take so many `seconds`, or `patience` while the cached value serves. Raises MailboxError."""
        now = clock()
        if self._known is not None and now < self._until:
            return self._known
        serves = self._known is not None and now < self._at_most
        try:
            async with within(min(seconds, patience) if serves else seconds):
                self._known = await ask()
        except _TROUBLE:
            if self._known is None or not serves:
                raise
            self._until = min(now + _ASKED_AGAIN, self._at_most)
        else:
            self._until, self._at_most = now + _LIFETIME, now + _OUTLIVES_TROUBLE
        return self._known


class Discovery:
    """The documents that the provider publishes of itself. All methods raise MailboxError."""

    def __init__(self, transport: Transport, provider: Provider, clock: Clock, bounds: ExchangeBounds) -> None:
        self._transport = transport
        self._provider = provider
        self._hosts = provider.allowed_hosts
        self._clock = clock
        self._bounds = bounds
        self._session = _Remembered[_Session]()
        self._server = _Remembered[ServerMetadata]()

    async def session_url(self) -> str:
        return (await self._session_found()).url

    async def server(self) -> ServerMetadata:
        return await self._server.or_asked(self._clock, self._server_found, self._bounds.total, patience=_PATIENCE)

    async def _server_found(self) -> ServerMetadata:
        if self._provider.issuer:
            return await self._metadata_of(self._provider.issuer)
        session = await self._session_found()
        document = await self._document(metadata_url_of(session.challenge, session.url))
        issuer, resource = process_resource_metadata(document, session.url, self._hosts)
        return replace(await self._metadata_of(issuer), resource=None if resource == session.url else resource)

    async def _metadata_of(self, issuer: str) -> ServerMetadata:
        """At the place of RFC 8414, and wherever that has nothing usable, at OpenID Connect's.

        Raises what was wrong with the first, unless nothing at all was there.
        """
        try:
            return await self._metadata_at(server_metadata_url(issuer), issuer)
        except (UnexpectedAnswer, UpstreamFault) as error:
            wrong: MailboxError = error
        try:
            return await self._metadata_at(openid_configuration_url(issuer), issuer)
        except (UnexpectedAnswer, UpstreamFault) as error:
            raise error if isinstance(wrong, _NotThereError) else wrong from None

    async def _metadata_at(self, url: str, issuer: str) -> ServerMetadata:
        document = await self._document(url)
        return process_server_metadata(document, issuer, self._hosts, assumes_pkce=self._provider.assumes_pkce)

    async def _session_found(self) -> _Session:
        try:
            return await self._session.or_asked(
                self._clock,
                lambda: self._follow(self._provider.session_url),
                self._bounds.total,
                patience=_PATIENCE / 2,
            )
        except _NoneWithoutTokenError as refused:
            return _Session(refused.url, None)

    async def _follow(self, url: str) -> _Session:
        for _ in range(_MAX_REDIRECTS + 1):
            try:
                received = await self._get(url)
            except UpstreamFault:
                if urlsplit(url).path == _WELL_KNOWN:
                    raise  # which leads to the session, and is not it
                raise _NoneWithoutTokenError(url) from None
            if received.status not in _REDIRECTS:
                return _Session(url, received.header("www-authenticate"))
            try:
                url = urljoin(url, received.header("location") or "")
            except ValueError:
                raise UnexpectedAnswer("a malformed redirect") from None
        raise UnexpectedAnswer("too many redirects")

    async def _document(self, url: str) -> object:
        received = await self._get(url)
        if received.status != 200:
            raise _NotThereError(str(received.status))
        return decode(received.body)

    async def _get(self, url: str) -> Received:
        url = self._hosts.check(url)
        request = request_of("GET", url, {}, self._bounds, content=None, content_type="")
        received = await exchange(
            self._transport, request, self._bounds.total, limit=self._bounds.body, repeatable=True
        )
        if received.status == 429 or received.status >= 500:
            raise refusal(received.status, b"", wait=received.header("retry-after"), now=self._clock())
        return received
