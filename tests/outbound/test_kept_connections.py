"""A kept-alive connection that ended meanwhile: a function was frozen, or a provider closed it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import anyio.lowlevel
import httpx
import pytest

from mailconnect.outbound.aiohttp_transport import client
from mailconnect.outbound.exchange import ExchangeBounds, exchange, request_of
from mailconnect.outbound.httpx_transport import OverHttpx

pytestmark = pytest.mark.anyio

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"


@dataclass
class Tidying:
    """Says that it keeps a connection, and ends it after one answer."""

    url: str = ""
    requests: int = 0
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        await reader.readexactly(int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]))
        self.requests += 1
        writer.write(ANSWER)
        await writer.drain()
        writer.close()
        await writer.wait_closed()
        self.ended.set()


@asynccontextmanager
async def tidying() -> AsyncIterator[Tidying]:
    provider = Tidying()
    async with await asyncio.start_server(provider.serve, "127.0.0.1", 0) as server:
        provider.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/jmap"
        yield provider


@asynccontextmanager
async def over_httpx() -> AsyncIterator[OverHttpx]:
    async with httpx.AsyncHTTPTransport(trust_env=False) as transport:
        yield OverHttpx(transport)


@pytest.mark.row("F-46")
@pytest.mark.parametrize("make", [client, over_httpx], ids=["one machine", "Lambda"])
async def test_a_connection_that_ended_while_it_was_kept_loses_no_request_and_repeats_none(make) -> None:
    async with tidying() as provider, make() as transport:
        for number in range(1, 4):
            provider.ended.clear()
            request = request_of(
                "POST", provider.url, {}, ExchangeBounds(), content=b"{}", content_type="application/json"
            )
            assert (await exchange(transport, request, 8.0, limit=2)).body == b"{}"
            assert provider.requests == number
            await provider.ended.wait()
            for _ in range(20):
                await anyio.lowlevel.checkpoint()  # the end of a connection is heard of by the loop
