"""The network as it is: names resolved by the system, and TLS that is verified (RFC 9110 §4.3.4)."""

import asyncio
import socket
import ssl
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import anyio
from anyio.abc import ByteStream

from mailconnect.client_documents.fetch import TooManyLookUps
from mailconnect.outbound.tls import verified_context

_PORT = 443
_AT_ONCE = 8
_WAITING = 24


class Resolver:
    """Looks names up in threads of its own, made when the first is needed.

    The system's look-up cannot be ended: a slow one goes on when nobody waits for it any more, for half a minute and
    longer. In the threads that everything shares it would hold up everything; here it holds up other look-ups, of which
    no more are taken than can be made in time.
    """

    def __init__(self, look_up: Callable[..., list[Any]] = socket.getaddrinfo) -> None:
        self._look_up = look_up
        self._threads: ThreadPoolExecutor | None = None
        self._under_way: set[Future[list[Any]]] = set()

    async def __call__(self, host: str) -> Sequence[str]:
        """All addresses, in the order in which the system would try them. Raises OSError, TooManyLookUps."""
        self._under_way = {look_up for look_up in self._under_way if not look_up.done()}
        if len(self._under_way) >= _AT_ONCE + _WAITING:
            raise TooManyLookUps
        if self._threads is None:
            self._threads = ThreadPoolExecutor(_AT_ONCE, "look-up")
        look_up = self._threads.submit(self._look_up, host, _PORT, type=socket.SOCK_STREAM)
        self._under_way.add(look_up)
        # A caller that gives up takes it out of the queue, if it has not begun.
        found = await asyncio.wrap_future(look_up)
        return [*dict.fromkeys(str(address[0]) for _, _, _, _, address in found)]


class TlsConnector:
    """Makes its TLS context at its first use: that costs more than a request, and most processes need none."""

    def __init__(self) -> None:
        self._context: ssl.SSLContext | None = None

    async def __call__(self, address: str, host: str) -> ByteStream:
        """Raises OSError, of which ssl.SSLError is one."""
        if self._context is None:
            self._context = await asyncio.to_thread(verified_context)  # 20 ms
            self._context.set_alpn_protocols(["http/1.1"])
        return await anyio.connect_tcp(
            address, _PORT, ssl_context=self._context, tls_hostname=host, tls_standard_compatible=False
        )
