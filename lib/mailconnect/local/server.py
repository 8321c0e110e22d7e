"""uvicorn for one machine: bounded connections, and a stop that we control."""

import asyncio
import contextlib
import socket
from collections.abc import Iterator, Sequence

import uvicorn
from starlette.types import ASGIApp

from mailconnect.local.http_protocol import MAX_CONNECTIONS, REQUEST, BoundedProtocol

_BEING_CLOSED = 50
"""Connections that have made room for others and are not gone yet."""

STOP_SECONDS = 10
"""Left to what is under way when the stop is ordered: long enough for a refresh at the provider, which must end."""


class Server(uvicorn.Server):
    """Leaves signals to its caller, and closes connections that stall."""

    async def on_tick(self, counter: int) -> bool:
        if counter % 10 == 0:
            self.close_stalled(asyncio.get_running_loop().time())
        return await super().on_tick(counter)

    def close_stalled(self, now: float) -> None:
        for connection in list(self.server_state.connections):
            if isinstance(connection, BoundedProtocol):
                connection.close_if_stalled(now)

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
        # More are answered with 503: those that are there are all at work.
        limit_concurrency=MAX_CONNECTIONS + _BEING_CLOSED,
        timeout_keep_alive=REQUEST.seconds,
        timeout_graceful_shutdown=STOP_SECONDS,
        proxy_headers=bool(trusted_proxies),
        forwarded_allow_ips=",".join(map(str, trusted_proxies)),
    )
    return Server(config)


def listen(host: str, port: int) -> socket.socket:
    """Raises OSError when the port is taken."""
    # asyncio turns Nagle's algorithm off, 40 ms a response, only where the protocol is named.
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
