"""The way to the provider on one machine: over aiohttp, where a request costs a third of httpx's (httpx on Lambda)."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

import aiohttp
from yarl import URL

from mailconnect.outbound.tls import verified_context
from mailconnect.outbound.transport import OutboundRequest, Response

_CONNECTIONS = 100
_IDLE_SECONDS = 5
_MAX_HEADERS = 1000
_HEADER_BYTES = 65_536  # of one header field: policies and cookies of some servers are longer than aiohttp's 8 KiB

_T = TypeVar("_T")


class OverAiohttp:
    """A mailconnect.outbound.transport.Transport."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    async def send(self, request: OutboundRequest, read: Callable[[Response], Awaitable[_T]]) -> _T:
        response = await self._session.request(
            request.method,
            URL(request.url, encoded=True),  # sent as it was checked
            headers=request.headers,
            data=request.content,
            allow_redirects=False,
            timeout=aiohttp.ClientTimeout(connect=request.connect, sock_connect=request.connect),
        )
        try:
            return await read(_Answer(response))
        finally:
            response.release()


class _Answer:
    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self.status = response.status
        self._response = response

    def header(self, name: str) -> str | None:
        values = self._response.headers.getall(name, ())
        return ", ".join(values) if values else None

    def chunks(self) -> AsyncIterator[bytes]:
        return self._response.content.iter_any()


@asynccontextmanager
async def client(*, keeps: bool = True) -> AsyncIterator[OverAiohttp]:
    """For all people at once, so without a jar: aiohttp's own would send one person's cookies with another's token.

    Whether it `keeps` connections for the next request: a token request is never sent over one that slept. If it
    breaks, nobody knows whether the token was used.
    """
    connector = aiohttp.TCPConnector(
        limit=_CONNECTIONS,
        keepalive_timeout=_IDLE_SECONDS if keeps else None,
        force_close=not keeps,
        ssl=verified_context(),
    )
    # mailconnect.outbound.exchange bounds what a coding unpacks to, and therefore decodes it itself.
    async with aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        trust_env=False,
        max_line_size=_HEADER_BYTES,
        max_field_size=_HEADER_BYTES,
        max_headers=_MAX_HEADERS,
    ) as session:
        yield OverAiohttp(session)
