"""uvicorn, as one machine needs it: request heads bounded as they arrive, and a stop that is ours to order."""

import asyncio
import contextlib
import socket
from collections.abc import Iterator, Sequence

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MAX_HEAD = 65_536
"""Bytes of a request's line and headers, or trailers; httptools itself would collect them without end."""

HEAD_SECONDS = 10
"""In which a request's head must have come, from the connection's opening or its first byte on."""

MOST_CONNECTIONS = 500
"""At once; more are answered with 503, so that file descriptors are left for the store and the provider."""

STOP_SECONDS = 10
"""Left to what is under way when the stop is ordered: long enough for a refresh at the provider, which must end."""

_TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


class BoundedProtocol(HttpToolsProtocol):
    """Counts what comes beside the body: head, chunk sizes, trailers. `lib.endpoints.edge` measures whole heads."""

    _beside_body = 0
    _in_head = True
    _head_begun = False
    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._set_deadline()

    def connection_lost(self, exc: Exception | None) -> None:
        self._cancel_deadline()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        self._cancel_deadline()
        self._head_begun = True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._in_head = self._head_begun = False
        self._cancel_deadline()
        super().on_headers_complete()

    def _set_deadline(self) -> None:
        self._deadline = self.loop.call_later(HEAD_SECONDS, self.transport.close)

    def _cancel_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def on_body(self, body: bytes) -> None:
        self._beside_body -= len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._beside_body, self._in_head = 0, True
        super().on_message_complete()

    def data_received(self, data: bytes) -> None:
        # Before the parser sees them: where these bytes end a message, they are not the next one's head.
        self._beside_body += len(data)
        super().data_received(data)
        # uvicorn itself closes connections that are idle between requests, not those that begin one and stop. Mostly a
        # head comes whole, and needs no deadline.
        if self._head_begun and self._deadline is None:
            self._set_deadline()
        if self._beside_body > MAX_HEAD and not self.transport.is_closing():
            if self._in_head:
                self.transport.write(_TOO_LARGE)
            self.transport.close()


class Server(uvicorn.Server):
    """Leaves the signals to whoever runs it."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def server(app: ASGIApp, trusted_proxies: Sequence[object] = ()) -> Server:
    """`trusted_proxies` are networks whose word is taken for where a request comes from: X-Forwarded-For's last address
    that is not theirs, the only one that nobody but them can have written.
    """
    config = uvicorn.Config(
        app,
        http=BoundedProtocol,
        ws="none",
        lifespan="auto",
        loop="none",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=True,
        limit_concurrency=MOST_CONNECTIONS,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=STOP_SECONDS,
        proxy_headers=bool(trusted_proxies),
        forwarded_allow_ips=",".join(map(str, trusted_proxies)),
    )
    return Server(config)


def listen(host: str, port: int) -> socket.socket:
    """Raises OSError when the port is taken."""
    # asyncio turns Nagle's algorithm off, 40 ms an answer, only where the protocol is named.
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(1024)
        listener.setblocking(False)
    except OSError:
        listener.close()
        raise
    return listener
