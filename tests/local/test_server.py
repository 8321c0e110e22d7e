"""uvicorn on one machine: heads are bounded while they arrive, bodies are the application's business."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from starlette.types import Receive, Scope, Send

from mailconnect.local.http_protocol import MAX_HEAD
from mailconnect.local.server import STOP_SECONDS, listen, server
from mailconnect.provider.attempt import NEEDED_SECONDS
from tests.provider.served import served

pytestmark = pytest.mark.anyio

HEAD = b"POST /%d HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n\r\n"
CHUNKED = b"POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n"
TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\n"


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Says how long the head and the body were."""
    if scope["type"] != "http":
        return
    length, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        length += len(message["body"])
        more = message["more_body"]
    head = sum(len(name) + len(value) for name, value in scope["headers"])
    answer = f"{scope['path']} {head} {length};".encode()
    headers = [(b"content-length", str(len(answer)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": answer})


class Connection:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def send(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()

    async def until(self, end: bytes) -> bytes:
        return await self._reader.readuntil(end)

    async def rest(self) -> bytes:
        """The bytes that come before the connection is closed."""
        try:
            return await self._reader.read()
        except ConnectionError:
            return b""

    async def flood(self, data: bytes) -> int:
        """Sends until the other side has had enough; how many bytes that took."""
        sent = 0
        try:
            while sent < 100 * MAX_HEAD:
                await self.send(data)
                sent += len(data)
        except ConnectionError:
            pass
        return sent

    def close(self) -> None:
        self._writer.close()


@pytest.fixture
async def port() -> AsyncIterator[int]:
    async with served(echo) as port:
        yield port


@pytest.fixture
async def connection(port: int) -> AsyncIterator[Connection]:
    made = Connection(*await asyncio.open_connection("127.0.0.1", port))
    yield made
    made.close()


@pytest.mark.parametrize("length", [0, 1, MAX_HEAD - 100, MAX_HEAD + 1, 100_000, 250_000, 1_000_000])
async def test_a_body_of_any_length_is_no_head(connection: Connection, length: int) -> None:
    for number in (1, 2):
        await connection.send(HEAD % (number, length) + b"x" * length)
        assert (await connection.until(b";")).endswith(f" {length};".encode())


async def test_a_body_in_small_pieces_is_no_head(connection: Connection) -> None:
    await connection.send(HEAD % (1, 2 * MAX_HEAD))
    for _ in range(64):
        await connection.send(b"x" * (2 * MAX_HEAD // 64))
    assert (await connection.until(b";")).endswith(f" {2 * MAX_HEAD};".encode())


async def test_a_body_in_chunks_is_no_head(connection: Connection) -> None:
    await connection.send(CHUNKED)
    for _ in range(1000):
        await connection.send(b"fa\r\n" + b"x" * 250 + b"\r\n")
    await connection.send(b"0\r\n\r\n")
    assert (await connection.until(b";")).endswith(b" 250000;")


async def test_many_requests_on_one_connection_do_not_add_up(connection: Connection) -> None:
    headers = b"".join(b"x-%d: %s\r\n" % (number, b"y" * 1000) for number in range(20))
    for number in range(10):
        await connection.send((HEAD % (number, 3)).replace(b"host: x\r\n", b"host: x\r\n" + headers) + b"abc")
        assert (await connection.until(b";")).endswith(b" 3;")


async def test_requests_that_come_all_at_once_are_all_answered(connection: Connection) -> None:
    await connection.send(b"".join(HEAD % (number, 30_000) + b"x" * 30_000 for number in range(10)))
    for number in range(10):
        assert f"/{number} " in (await connection.until(b";")).decode()


@pytest.mark.parametrize(
    "start",
    [b"GET /", b"GET / HTTP/1.1\r\nhost: ", b"GET / HTTP/1.1\r\nx", b"POST / HTTP/1.1\r\ncontent-length: 9\r\nx: "],
)
async def test_hd_01_a_head_without_end_is_refused_while_it_arrives(connection: Connection, start: bytes) -> None:
    await connection.send(start)
    await connection.send(b"x" * (MAX_HEAD + 1))
    assert (await connection.until(b"\r\n")) == TOO_LARGE
    assert b"connection: close" in await connection.rest()


async def test_headers_without_end_are_refused_while_they_arrive(connection: Connection) -> None:
    await connection.send(b"GET / HTTP/1.1\r\n")
    await connection.flood(b"x-more: of the same\r\n" * 1000)
    assert await connection.flood(b"x") <= MAX_HEAD


async def test_the_second_head_on_a_connection_is_bounded_too(connection: Connection) -> None:
    await connection.send(HEAD % (1, 3) + b"abc")
    await connection.until(b";")
    await connection.send(b"GET /" + b"x" * (MAX_HEAD + 1))
    assert TOO_LARGE in await connection.rest()


@pytest.mark.parametrize("start", [b"0\r\nx: ", b"0\r\n", b"1;", b"1;x="])
async def test_trailers_and_chunk_extensions_without_end_close_the_connection(
    connection: Connection, start: bytes
) -> None:
    """httptools hands out neither, and collects trailers."""
    await connection.send(CHUNKED + start)
    assert await connection.flood(b"x" * 4096) < 100 * MAX_HEAD
    assert b"200" not in await connection.rest()


async def test_a_head_just_within_the_bound_arrives(connection: Connection) -> None:
    request = b"GET / HTTP/1.1\r\nx: %s\r\n\r\n"
    await connection.send(request % (b"y" * (MAX_HEAD - len(request))))
    assert (await connection.until(b";")).startswith(b"HTTP/1.1 200")


async def test_a_request_that_is_no_http_is_refused(connection: Connection) -> None:
    await connection.send(b"\x16\x03\x01 hello?\r\n\r\n")
    assert (await connection.rest()).startswith(b"HTTP/1.1 400")


async def test_an_answer_names_no_server(connection: Connection) -> None:
    await connection.send(HEAD % (1, 0))
    assert b"uvicorn" not in await connection.until(b";")


def test_a_stopping_server_waits_for_as_long_as_a_refresh_may_take() -> None:
    assert server(echo).config.timeout_graceful_shutdown == STOP_SECONDS >= NEEDED_SECONDS


def test_a_port_is_taken_once() -> None:
    with listen("127.0.0.1", 0) as first, pytest.raises(OSError, match="in use"):
        listen("127.0.0.1", first.getsockname()[1])


def test_a_listener_may_have_an_ipv6_address() -> None:
    with listen("::1", 0) as listener:
        assert listener.getsockname()[0] == "::1"
