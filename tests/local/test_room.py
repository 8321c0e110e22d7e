"""Row FL-13: idle connections are closed to make room for others."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from mailconnect.local import http_protocol
from mailconnect.local.server import Server
from tests.local.test_http_protocol import GET, POST, App
from tests.provider.served import serving

pytestmark = pytest.mark.anyio

MAX = 5


@pytest.fixture(params=["asyncio", "uvloop"])
def anyio_backend(request: pytest.FixtureRequest) -> tuple[str, dict[str, bool]]:
    return "asyncio", {"use_uvloop": request.param == "uvloop"}


class Peers:
    """Those who connect to one server, which may have five connections."""

    def __init__(self, port: int, server: Server, app: App) -> None:
        self.app = app
        self._port = port
        self._server = server
        self._writers: list[asyncio.StreamWriter] = []

    async def connect(self, beginning: bytes = b"") -> asyncio.StreamReader:
        """Returns when the server has the connection; what it has sent may still be on its way."""
        known = set(self._server.server_state.connections)
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        self._writers.append(writer)
        async with asyncio.timeout(10):
            while not self._server.server_state.connections - known:  # noqa: ASYNC110 - as below
                await asyncio.sleep(0)
        writer.write(beginning)
        return reader

    async def at_work(self, count: int) -> list[asyncio.StreamReader]:
        begun = self.app.begun + count
        readers = [await self.connect(GET % b"long") for _ in range(count)]
        async with asyncio.timeout(10):
            while self.app.begun < begun:  # noqa: ASYNC110 - the sockets' events are the loop's own
                await asyncio.sleep(0)
        return readers

    def close(self) -> None:
        self.app.go_on.set()
        for writer in self._writers:
            writer.transport.abort()


@pytest.fixture
async def peers(anyio_backend: object, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Peers]:
    monkeypatch.setattr(http_protocol, "MAX_CONNECTIONS", MAX)
    app = App()
    async with serving(app) as (port, server):
        made = Peers(port, server, app)
        yield made
        made.close()


async def is_closed(reader: asyncio.StreamReader) -> bool:
    try:
        async with asyncio.timeout(10):
            return await reader.read() == b""
    except ConnectionError:
        return True


async def answers(reader: asyncio.StreamReader) -> bool:
    async with asyncio.timeout(10):
        return (await reader.readuntil(b";")).startswith(b"HTTP/1.1 200")


@pytest.mark.row("FL-13")
@pytest.mark.parametrize(
    "beginning", [b"", b"GET / HT", POST % b"whole"], ids=["nothing", "half a head", "half a body"]
)
async def test_a_request_is_served_among_idle_connections_without_end(peers: Peers, beginning: bytes) -> None:
    for _ in range(4 * MAX):
        await peers.connect(beginning)
    assert await answers(await peers.connect(GET % b""))


@pytest.mark.row("FL-13")
async def test_the_one_that_has_waited_longest_goes_first(peers: Peers) -> None:
    first, *_ = [await peers.connect() for _ in range(MAX)]
    await peers.connect()
    assert await is_closed(first)


@pytest.mark.row("FL-13")
async def test_one_between_two_requests_goes_after_those_without(peers: Peers) -> None:
    kept = await peers.connect(GET % b"")
    assert await answers(kept)
    idle = [await peers.connect() for _ in range(MAX - 1)]
    for _ in range(MAX - 1):
        await peers.connect()
    assert all([await is_closed(one) for one in idle])
    assert not kept.at_eof()


@pytest.mark.row("FL-13")
async def test_no_request_at_work_is_given_up(peers: Peers) -> None:
    readers = await peers.at_work(MAX)
    for _ in range(3):
        await peers.connect()
    peers.app.go_on.set()
    assert all([await answers(reader) for reader in readers])
