"""Puts an access token into every request, because the suite has no option for one; all other bytes pass as they are.

Host and Origin are among what the suite tests: only where they name the proxy itself do they come to name the bridge.
"""

import contextlib
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import anyio
from anyio.abc import ByteReceiveStream, ByteSendStream, SocketAttribute, SocketStream
from anyio.streams.buffered import BufferedByteReceiveStream

_LONGEST_HEAD = 65_536
_CONNECTION = re.compile(rb"(?im)^connection:.*\r\n")


@asynccontextmanager
async def bearer_proxy(bridge: str, access_token: str) -> AsyncIterator[str]:
    """The proxy's address, without a closing slash, in place of the bridge's."""
    target = urlsplit(bridge)
    host, port = target.hostname or "", target.port or 80
    listener = await anyio.create_tcp_listener(local_host="127.0.0.1")
    own_port = listener.extra(SocketAttribute.local_port)

    async def forward(client: SocketStream) -> None:
        async with client:
            incoming = BufferedByteReceiveStream(client)
            try:
                head = await incoming.receive_until(b"\r\n\r\n", _LONGEST_HEAD)
            except anyio.IncompleteRead:
                return  # a connection that was opened and never needed
            async with (
                await anyio.connect_tcp(host, port) as server,
                anyio.create_task_group() as group,
            ):
                await server.send(_changed(head, own_port, target.netloc, access_token))
                group.start_soon(_pass_on, incoming, server)
                await _pass_on(server, client)
                group.cancel_scope.cancel()

    async with listener, anyio.create_task_group() as group:
        group.start_soon(listener.serve, forward)
        yield f"http://127.0.0.1:{own_port}"
        group.cancel_scope.cancel()


def _changed(head: bytes, own_port: int, bridge: str, access_token: str) -> bytes:
    own = re.compile(rb"(?im)^(host: *|origin: *http://)(?:127\.0\.0\.1|localhost):%d(?=\r\n)" % own_port)
    request_line, _, headers = _CONNECTION.sub(b"", own.sub(rb"\g<1>" + bridge.encode(), head)).partition(b"\r\n")
    # One request on each connection, so that nothing after the head needs to be understood.
    added = b"connection: close\r\nauthorization: Bearer " + access_token.encode()
    return b"\r\n".join((request_line, added, headers)) + b"\r\n\r\n"


async def _pass_on(source: ByteReceiveStream, target: ByteSendStream) -> None:
    with contextlib.suppress(anyio.BrokenResourceError):
        async for octets in source:
            await target.send(octets)
