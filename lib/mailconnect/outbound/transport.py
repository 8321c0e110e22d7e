"""The port to a provider's HTTP server: one request out, one response in.

Two adapters stand beside it. httpx_transport.py serves Lambda, where importing aiohttp would cost more than it saves.
aiohttp_transport.py serves one machine, where a request costs a third of what it costs over httpx.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Protocol, TypeVar

from mailconnect.encoding.discreet import Discreet

_T = TypeVar("_T")


class OutboundRequest(Discreet, frozen=True):
    """`connect`: seconds to wait for a connection. The sender bounds the whole (mailconnect.outbound.exchange)."""

    method: str
    url: str
    headers: Mapping[str, str]
    content: bytes | None
    connect: float


class Response(Protocol):
    @property
    def status(self) -> int: ...

    def header(self, name: str) -> str | None:
        """One that is repeated is joined by commas (RFC 9110 §5.3)."""
        ...

    def chunks(self) -> AsyncIterator[bytes]:
        """The body as it comes, in whatever coding it was sent."""
        ...


class Transport(Protocol):
    async def send(self, request: OutboundRequest, read: Callable[[Response], Awaitable[_T]]) -> _T:
        """The result of `read` for the response; a connection whose response was not read to its end is not used again.

        One serves all people: it keeps no cookie and sends none, follows no redirect, asks no proxy that the
        environment names, and adds nothing of anybody's to the headers. Errors are those of the library:
        mailconnect.outbound.delivery tells what they mean.
        """
        ...
