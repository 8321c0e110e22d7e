"""Bytes that are no HTTP, or barely, sent to the real server over TCP (RFC 9112)."""

import asyncio
import contextlib
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable

import anyio
import pytest

from mailconnect.local.server import listen, server
from tests.bridge import Bridge
from tests.endpoints.wire import REDIRECT_URI
from tests.garbage import METADATA

pytestmark = pytest.mark.anyio

Send = Callable[..., Awaitable[bytes]]


@pytest.fixture
async def over_tcp(bridge: Bridge) -> AsyncIterator[Send]:
    """Sends bytes to the real server and gives all that comes back until it hangs up; `then_leaves` before it does."""
    listener = listen("127.0.0.1", 0)
    port = listener.getsockname()[1]
    one = server(bridge.app)
    serving = asyncio.create_task(one.serve(sockets=[listener]))

    async def send(data: bytes, *, then_leaves: bool = False) -> bytes:
        with anyio.fail_after(10):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            try:
                writer.write(data)
                if then_leaves:
                    writer.write_eof()
                return await reader.read()
            except ConnectionError:
                return b""
            finally:
                writer.close()
                with contextlib.suppress(ConnectionError):
                    await writer.wait_closed()

    yield send
    one.should_exit = True
    await serving


def status(answer: bytes) -> int:
    match = re.match(rb"HTTP/1\.1 (\d{3}) ", answer)
    return int(match[1]) if match else 0


GOOD = b"GET " + METADATA.encode() + b" HTTP/1.1\r\nHost: 127.0.0.1:8787\r\nConnection: close\r\n\r\n"
CLOSE = b"Host: 127.0.0.1:8787\r\nConnection: close\r\n"

RAW = {
    "a head without an end": (b"GET / HTTP/1.1\r\nX: " + b"a" * 100_000, {431}),
    "a request line without an end": (b"GET /" + b"a" * 100_000, {431}),
    "headers without an end": (b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 20_000, {431}),
    "a head too long for the edge": (b"GET / HTTP/1.1\r\n" + CLOSE + b"X: " + b"a" * 40_000 + b"\r\n\r\n", {431}),
    "an address too long": (b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\n" + CLOSE + b"\r\n", {414}),
    "a chunk that is no number": (
        b"POST /token HTTP/1.1\r\n" + CLOSE + b"Transfer-Encoding: chunked\r\n\r\nZZ\r\nabc\r\n0\r\n\r\n",
        {400, 0},
    ),
    "a chunk that never ends": (
        b"POST /token HTTP/1.1\r\n" + CLOSE + b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nabc",
        {400, 0},
    ),
    "a chunk extension without an end": (
        b"POST /token HTTP/1.1\r\n" + CLOSE + b"Transfer-Encoding: chunked\r\n\r\n1;" + b"a" * 200_000,
        {400, 413, 431, 0},
    ),
    "two lengths": (b"POST /token HTTP/1.1\r\n" + CLOSE + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab", {400}),
    "a length and chunks": (
        b"POST /token HTTP/1.1\r\n" + CLOSE + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        {400},
    ),
    "a length that is no number": (b"POST /token HTTP/1.1\r\n" + CLOSE + b"Content-Length: x\r\n\r\n", {400}),
    "a length below zero": (b"POST /token HTTP/1.1\r\n" + CLOSE + b"Content-Length: -1\r\n\r\n", {400}),
    "a body that breaks off": (b"POST /token HTTP/1.1\r\n" + CLOSE + b"Content-Length: 100\r\n\r\nabc", {400, 0}),
    "a NUL in a header": (b"GET / HTTP/1.1\r\n" + CLOSE + b"X: a\0b\r\n\r\n", {400}),
    "a NUL in the address": (b"GET /\0 HTTP/1.1\r\n" + CLOSE + b"\r\n", {400}),
    "a space in a header's name": (b"GET / HTTP/1.1\r\n" + CLOSE + b"X Y: z\r\n\r\n", {400}),
    "a folded header": (b"GET / HTTP/1.1\r\n" + CLOSE + b"X: a\r\n b\r\n\r\n", {200, 400}),
    "HTTP/1.0": (GOOD.replace(b"HTTP/1.1", b"HTTP/1.0"), {200}),
    "HTTP/0.9": (b"GET /\r\n", {400, 0}),
    "HTTP/2 by prior knowledge": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", {400, 0}),
    "HTTP/9.9": (b"GET / HTTP/9.9\r\n" + CLOSE + b"\r\n", {400, 0}),
    "TLS": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 200, {400, 0}),
    "nothing": (b"", {0}),
    "an empty line": (b"\r\n\r\n", {0, 400}),
    "an address in absolute form": (
        GOOD.replace(METADATA.encode(), b"http://127.0.0.1:8787" + METADATA.encode()),
        {200},
    ),
    "another server's address": (
        GOOD.replace(METADATA.encode(), b"http://evil.example/authorize"),
        {400, 404, 421},
    ),
    "no host": (b"GET /authorize HTTP/1.1\r\nConnection: close\r\n\r\n", {400, 421}),
    "two hosts": (b"GET /authorize HTTP/1.1\r\nHost: evil.example\r\n" + CLOSE + b"\r\n", {400, 421}),
    "OPTIONS *": (b"OPTIONS * HTTP/1.1\r\n" + CLOSE + b"\r\n", {400, 404, 405}),
    "CONNECT": (b"CONNECT evil.example:443 HTTP/1.1\r\n" + CLOSE + b"\r\n", {400, 404, 405}),
    "a websocket": (
        b"GET /mcp HTTP/1.1\r\nHost: 127.0.0.1:8787\r\nConnection: Upgrade, close\r\nUpgrade: websocket\r\n\r\n",
        {400, 401, 405, 426},
    ),
    "an unknown method": (b"BREW / HTTP/1.1\r\n" + CLOSE + b"\r\n", {400, 405}),
    "an expectation": (
        b"POST /token HTTP/1.1\r\n" + CLOSE + b"Expect: 100-continue\r\nContent-Length: 1\r\n\r\na",
        {100, 400},
    ),
}


UNFINISHED = {"a chunk that never ends", "a body that breaks off", "HTTP/0.9", "nothing", "an empty line"}


async def test_the_real_server_refuses_what_is_no_http(over_tcp: Send, caplog: pytest.LogCaptureFixture) -> None:
    for case, (data, expected) in RAW.items():
        answer = await over_tcp(data, then_leaves=case in UNFINISHED)
        assert status(answer) in expected, (case, answer[:300])
        assert b"Traceback" not in answer, case
        assert status(await over_tcp(GOOD)) == 200, case
    assert "Traceback" not in caplog.text


async def test_the_real_server_answers_requests_in_their_order(over_tcp: Send) -> None:
    first = GOOD.replace(b"Connection: close\r\n", b"")
    answer = await over_tcp(first + first.replace(METADATA.encode(), b"/nothing") + GOOD)
    assert re.findall(rb"HTTP/1\.1 (\d{3})", answer) == [b"200", b"404", b"200"]


async def test_the_real_server_says_nothing_of_itself(over_tcp: Send) -> None:
    head = (await over_tcp(GOOD)).partition(b"\r\n\r\n")[0].lower()
    assert b"\r\nserver:" not in head
    assert b"uvicorn" not in head
    assert b"\r\nx-content-type-options: nosniff" in head


async def test_a_client_of_the_real_server_can_register(over_tcp: Send) -> None:
    body = json.dumps({"redirect_uris": [REDIRECT_URI]}).encode()
    head = b"POST /register HTTP/1.1\r\n" + CLOSE + b"Content-Type: application/json\r\n"
    for framing in (
        b"Content-Length: %d\r\n\r\n%s" % (len(body), body),
        b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n" % (len(body), body),
    ):
        assert status(await over_tcp(head + framing)) == 201
