"""A JMAP peer on loopback that behaves as a test tells it, and a client over each of the two transports."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from mailconnect.jmap.client import JmapClient
from mailconnect.outbound.aiohttp_transport import client
from mailconnect.outbound.allowed_hosts import HostAllowList
from mailconnect.outbound.exchange import ExchangeBounds
from mailconnect.outbound.httpx_transport import OverHttpx
from mailconnect.outbound.transport import Transport

NOW = 1_800_000_000

Act = Callable[[asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Peer:
    """Plays one act per request, the last one again and again; `requests` are the raw ones it got."""

    port: int = 0
    acts: list[Act] = field(default_factory=list)
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0
    over: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/jmap/"

    def answers(self, status: str, body: bytes, *headers: str) -> None:
        head = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]

        async def act(writer: asyncio.StreamWriter) -> None:
            writer.write("\r\n".join([*head, "", ""]).encode() + body)
            await writer.drain()

        self.acts.append(act)

    def says(self, octets: bytes) -> None:
        """And closes."""

        async def act(writer: asyncio.StreamWriter) -> None:
            writer.write(octets)
            await writer.drain()
            writer.close()

        self.acts.append(act)

    def resets(self) -> None:
        async def act(writer: asyncio.StreamWriter) -> None:
            writer.transport.abort()

        self.acts.append(act)

    def keeps_silent(self, beginning: bytes = b"") -> None:
        async def act(writer: asyncio.StreamWriter) -> None:
            writer.write(beginning)
            await self.over.wait()

        self.acts.append(act)

    def pours(self, head: bytes, chunk: bytes) -> None:
        """Without end."""

        async def act(writer: asyncio.StreamWriter) -> None:
            writer.write(head)
            while not self.over.is_set():
                writer.write(chunk)
                await writer.drain()

        self.acts.append(act)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while not writer.is_closing():
                head = await reader.readuntil(b"\r\n\r\n")
                length = next(
                    (line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), b":0"
                )
                body = await reader.readexactly(int(length.split(b":")[1]))
                self.requests.append(head + body)
                await (self.acts.pop(0) if len(self.acts) > 1 else self.acts[0])(writer)
        writer.close()


@contextlib.asynccontextmanager
async def serving() -> AsyncIterator[Peer]:
    peer = Peer()
    server = await asyncio.start_server(peer.serve, "127.0.0.1", 0)
    peer.port = server.sockets[0].getsockname()[1]
    try:
        yield peer
    finally:
        peer.over.set()
        server.close()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(server.wait_closed(), 0.1)


@pytest.fixture
async def peer(anyio_backend: str) -> AsyncIterator[Peer]:
    async with serving() as one:
        yield one


@pytest.fixture
async def other_peer(anyio_backend: str) -> AsyncIterator[Peer]:
    async with serving() as one:
        yield one


@pytest.fixture(params=["httpx", "aiohttp"])
async def transport(request: pytest.FixtureRequest, anyio_backend: str) -> AsyncIterator[Transport]:
    if request.param == "aiohttp":
        async with client() as over_aiohttp:
            yield over_aiohttp
    else:
        async with httpx.AsyncHTTPTransport() as transport:
            yield OverHttpx(transport)


@pytest.fixture
def client_of(transport: Transport) -> Callable[..., JmapClient]:
    def make(*ports: int, **bounds: Any) -> JmapClient:
        return JmapClient(transport, HostAllowList.of((), loopback_ports=ports), lambda: NOW, ExchangeBounds(**bounds))

    return make


@pytest.fixture
def session_document() -> dict[str, Any]:
    """As a real one looks: a first account without capabilities, sharded hosts, properties of its own."""
    return {
        "username": "alice@example.com",
        "accounts": {
            "u0": {"name": "shared", "isPersonal": False, "isReadOnly": False, "accountCapabilities": {}},
            "u1": {
                "name": "alice@example.com",
                "isPersonal": True,
                "isReadOnly": False,
                "accountCapabilities": {
                    "urn:ietf:params:jmap:core": {},
                    "urn:ietf:params:jmap:mail": {"maxMailboxDepth": None},
                    "https://www.fastmail.com/dev/maskedemail": {},
                },
                "userId": "u1",
            },
        },
        "primaryAccounts": {"urn:ietf:params:jmap:mail": "u1", "urn:ietf:params:jmap:core": "u1"},
        "capabilities": {
            "urn:ietf:params:jmap:core": {
                "maxSizeUpload": 250_000_000,
                "maxConcurrentUpload": 10,
                "maxSizeRequest": 10_000_000,
                "maxConcurrentRequests": 10,
                "maxCallsInRequest": 50,
                "maxObjectsInGet": 4096,
                "maxObjectsInSet": 4096,
                "collationAlgorithms": ["i;ascii-numeric"],
            },
            "urn:ietf:params:jmap:mail": {},
        },
        "apiUrl": "https://phl.api.fastmail.com/jmap/api/",
        "downloadUrl": "https://phl-www.fastmailusercontent.com/jmap/download/{accountId}/{blobId}/{name}?type={type}",
        "uploadUrl": "https://phl.api.fastmail.com/jmap/upload/{accountId}/",
        "eventSourceUrl": "https://phl.api.fastmail.com/jmap/event/",
        "state": "cyrus-12;p-5",
    }
