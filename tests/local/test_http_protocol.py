"""How long a connection may be held, and what it may hold; the time is the test's own."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

import pytest
from starlette.types import Receive, Scope, Send

from mailconnect.local.http_protocol import HEAD, MAX_PIPELINED, READER, REMAINDER, REQUEST, Wait
from mailconnect.local.server import Server
from tests.provider.served import serving

pytestmark = pytest.mark.anyio

GET = b"GET /%s HTTP/1.1\r\nhost: x\r\n\r\n"
POST = b"POST /%s HTTP/1.1\r\nhost: x\r\ncontent-length: 99\r\n\r\n"
LARGE = 20_000_000
"""More than any system's buffers of a connection."""


@dataclass
class App:
    """Its paths say how it answers."""

    begun: int = 0
    go_on: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        self.begun += 1
        answer = b"%d;" % self.begun
        if scope["path"] == "/whole":
            while (await receive()).get("more_body"):
                pass
        if scope["path"] == "/long":
            await self.go_on.wait()
        if scope["path"] == "/large":
            answer = b"x" * LARGE
        headers = [(b"content-length", str(len(answer)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": answer})


@dataclass
class Peer:
    """One connection, and the server as it sees it."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    server: Server
    app: App

    async def answered(self, request: bytes) -> None:
        self.writer.write(request)
        await self.reader.readuntil(b";")

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(10):
            while not condition():  # noqa: ASYNC110 - the sockets' events are the loop's own
                await asyncio.sleep(0)

    async def is_closed_after(self, wait: Wait) -> bool:
        """Whether it is closed then, and was not a second earlier."""
        self.pass_seconds(wait.seconds - 1)
        await asyncio.sleep(0)
        if not self.server.server_state.connections:
            return False
        self.server.close_stalled(wait.seconds)
        await self.until(lambda: not self.server.server_state.connections)
        return True

    def pass_seconds(self, seconds: float) -> None:
        for now in (0, seconds):
            self.server.close_stalled(now)

    def reads_nothing(self) -> None:
        self.writer.transport.pause_reading()  # type: ignore[attr-defined]


@pytest.fixture(params=["asyncio", "uvloop"])
def anyio_backend(request: pytest.FixtureRequest) -> tuple[str, dict[str, bool]]:
    """One machine has uvloop wherever there is one; they close and pause in their own ways."""
    return "asyncio", {"use_uvloop": request.param == "uvloop"}


@pytest.fixture
async def peer(anyio_backend: object) -> AsyncIterator[Peer]:
    app = App()
    async with serving(app) as (port, server):
        made = Peer(*await asyncio.open_connection("127.0.0.1", port), server, app)
        await made.until(lambda: bool(server.server_state.connections))
        yield made
        app.go_on.set()
        made.writer.transport.abort()  # type: ignore[attr-defined]
        await made.until(lambda: not server.server_state.connections)


@pytest.mark.parametrize("beginning", [b"", b"\r\n", b"GET / HT", b"POST / HTTP/1.1\r\ncontent-length: 3\r\n"])
async def test_a_first_head_must_come_in_time(peer: Peer, beginning: bytes) -> None:
    peer.writer.write(beginning)
    assert await peer.is_closed_after(HEAD)


@pytest.mark.parametrize("beginning", [b"GET / HT", b"\r\nG"])
async def test_a_later_head_must_come_in_time_too(peer: Peer, beginning: bytes) -> None:
    await peer.answered(POST % b"whole" + b"x" * 99 + beginning)
    assert await peer.is_closed_after(HEAD)


async def test_an_idle_connection_is_closed(peer: Peer) -> None:
    await peer.answered(GET % b"")
    assert await peer.is_closed_after(REQUEST)


async def test_a_blank_line_after_an_answer_is_no_request(peer: Peer) -> None:
    await peer.answered(GET % b"")
    [connection] = peer.server.server_state.connections
    await peer.until(lambda: connection.timeout_keep_alive_task is not None)
    peer.pass_seconds(0)
    peer.writer.write(b"\r\n")
    await peer.until(lambda: connection.timeout_keep_alive_task is None)
    assert await peer.is_closed_after(REQUEST)


@pytest.mark.parametrize("request_head", [POST % b"", (POST % b"").replace(b"POST", b"GET")])
@pytest.mark.parametrize("sent", [b"", b"x"])
async def test_the_rest_of_a_body_after_its_answer_must_come_in_time(
    peer: Peer, request_head: bytes, sent: bytes
) -> None:
    await peer.answered(request_head)
    peer.writer.write(sent)
    assert await peer.is_closed_after(REMAINDER)


async def test_a_chunked_body_without_end_after_its_answer_is_not_awaited(peer: Peer) -> None:
    await peer.answered(b"POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n1\r\nx\r\n")
    peer.writer.write(b"1\r\nx\r\n")
    assert await peer.is_closed_after(REMAINDER)


async def test_a_body_that_comes_after_its_answer_leaves_the_connection_usable(peer: Peer) -> None:
    await peer.answered(POST % b"")
    peer.pass_seconds(REMAINDER.seconds - 1)
    await peer.answered(b"x" * 99 + GET % b"")
    assert await peer.is_closed_after(REQUEST)


async def test_answers_that_nobody_reads_are_not_kept(peer: Peer) -> None:
    [connection] = peer.server.server_state.connections
    peer.reads_nothing()
    peer.writer.write(GET % b"large" + GET % b"")
    await peer.until(lambda: connection.flow.write_paused)
    assert await peer.is_closed_after(READER)
    assert peer.app.begun == 2


async def test_the_last_answer_of_a_connection_is_not_kept_either(peer: Peer) -> None:
    [connection] = peer.server.server_state.connections
    peer.reads_nothing()
    peer.writer.write((GET % b"large").replace(b"host", b"connection: close\r\nhost"))
    await peer.until(connection.transport.is_closing)
    assert await peer.is_closed_after(READER)


async def test_a_slow_reader_has_the_time_again_for_each_response(peer: Peer) -> None:
    [connection] = peer.server.server_state.connections
    for _ in range(2):
        peer.reads_nothing()
        peer.writer.write(GET % b"large")
        await peer.until(lambda: connection.flow.write_paused)
        peer.pass_seconds(READER.seconds - 1)
        peer.writer.transport.resume_reading()  # type: ignore[attr-defined]
        await peer.reader.readuntil(b"\r\n\r\n")
        await peer.reader.readexactly(LARGE)
    assert await peer.is_closed_after(REQUEST)


@pytest.mark.parametrize("behind", [b"", b"GET / HT"])
async def test_a_request_at_work_is_given_its_time(peer: Peer, behind: bytes) -> None:
    peer.writer.write(GET % b"long" + behind)
    await peer.until(lambda: peer.app.begun == 1)
    peer.pass_seconds(100_000)
    peer.app.go_on.set()
    await peer.reader.readuntil(b";")
    assert await peer.is_closed_after(HEAD if behind else REQUEST)


async def test_a_body_that_is_awaited_is_the_applications_business(peer: Peer) -> None:
    peer.writer.write((POST % b"whole").replace(b"host", b"expect: 100-continue\r\nhost"))
    assert await peer.reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
    peer.pass_seconds(100_000)
    await peer.answered(b"x" * 99)
    assert await peer.is_closed_after(REQUEST)


async def test_a_connection_in_use_is_not_closed(peer: Peer) -> None:
    for second in range(3 * int(REQUEST.seconds)):
        peer.server.close_stalled(second)
        await peer.answered(GET % b"")
    assert len(peer.server.server_state.connections) == 1


async def test_requests_without_end_are_answered_up_to_the_bound(peer: Peer) -> None:
    peer.writer.write(GET % b"" * (MAX_PIPELINED + 10))
    answers = await peer.reader.read()
    assert answers.endswith(b"%d;" % (MAX_PIPELINED + 1))
    assert answers.count(b"connection: close") == 1
    assert answers.count(b"HTTP/1.1 200 OK") == peer.app.begun == MAX_PIPELINED + 1


async def test_however_many_there_are(peer: Peer) -> None:
    peer.writer.write(GET % b"" * 10_000)
    await peer.until(lambda: not peer.server.server_state.connections)
    assert peer.app.begun == MAX_PIPELINED + 1


async def test_requests_within_the_bound_are_all_answered(peer: Peer) -> None:
    await peer.answered(GET % b"" * (MAX_PIPELINED + 1))
    for _ in range(MAX_PIPELINED):
        await peer.reader.readuntil(b";")
    await peer.answered(GET % b"")


async def test_nothing_is_read_while_requests_wait(peer: Peer) -> None:
    """The body of one that waits would grow, each time when one before it is answered."""
    [connection] = peer.server.server_state.connections
    peer.writer.write(GET % b"" + GET % b"long" + GET % b"" + (POST % b"whole").replace(b"99", b"%d" % LARGE))
    await peer.until(lambda: peer.app.begun == 2)
    peer.writer.write(b"x" * LARGE)
    for _ in range(1000):
        await asyncio.sleep(0)
    assert len(connection.cycle.body) == 0
    peer.app.go_on.set()
    for _ in range(4):
        await peer.reader.readuntil(b";")


@pytest.mark.parametrize("malformed", [b"\x00\r\n\r\n", b"GET / HTTP/1.1\r\nx: " + b"y" * 70_000])
async def test_a_refusal_overtakes_no_answer(peer: Peer, malformed: bytes) -> None:
    peer.writer.write(GET % b"long" + malformed)
    await peer.until(lambda: peer.app.begun == 1)
    peer.writer.write(malformed)
    for _ in range(100):
        await asyncio.sleep(0)
    peer.app.go_on.set()
    answer = await peer.reader.read()
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert answer.endswith(b"connection: close\r\n\r\n1;")


async def test_the_servers_ticks_look_at_every_connection_once_a_second(peer: Peer) -> None:
    await peer.answered(POST % b"")
    seen: list[float] = []
    peer.server.close_stalled = seen.append  # type: ignore[method-assign]
    for tick in range(30):
        await peer.server.on_tick(tick)
    assert len(seen) == 3
