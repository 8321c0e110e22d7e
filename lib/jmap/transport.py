"""The port to a provider's HTTP server: one request out, one answer in.

Adapters: lib/jmap/over_httpx.py for Lambda, where importing aiohttp would cost more than it saves, and
handlers/local/client.py over aiohttp for one machine, where a request costs a third of what httpx takes.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Protocol, TypeVar

from lib.discreet import Discreet

_T = TypeVar("_T")


class Request(Discreet, frozen=True):
    """`connect`: seconds to wait for a connection. Whoever sends it bounds the whole (lib.jmap.exchange)."""

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
    async def send(self, request: Request, read: Callable[[Response], Awaitable[_T]]) -> _T:
        """What `read` makes of the answer; a connection whose answer was not read to its end is not used again.

        One serves all people: it keeps no cookie and sends none, follows no redirect, asks no proxy that the
        environment names, and adds nothing of anybody's to the headers. Errors are those of the library:
        lib.jmap.delivery tells what they mean.
        """
        ...
