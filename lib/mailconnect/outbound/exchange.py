"""One request to the provider and its answer, within bounds: of time, of size, and of what may be sent twice."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TypeVar

from mailconnect.mail.errors import MailboxError, NotAnswering, Unreachable
from mailconnect.outbound.body import ACCEPT_ENCODING
from mailconnect.outbound.delivery import broke, nothing_was_sent
from mailconnect.outbound.transport import Request, Response, Transport

_T = TypeVar("_T")

_TOO_LATE = "no whole answer in time"


@dataclass(frozen=True, slots=True)
class Bounds:
    """Seconds to connect, seconds for everything, and decoded bytes of a response."""

    connect: float = 2.0
    total: float = 8.0
    body: int = 5_000_000


def request_of(
    method: str, url: str, headers: dict[str, str], bounds: Bounds, *, content: bytes | None, content_type: str
) -> Request:
    ours = {"Accept": "application/json", "Accept-Encoding": ACCEPT_ENCODING, "User-Agent": "mailconnect"}
    if content is not None:
        ours["Content-Type"] = content_type
    return Request(method, url, ours | headers, content, bounds.connect)


async def exchange(
    transport: Transport,
    request: Request,
    read: Callable[[Response], Awaitable[_T]],
    seconds: float,
    *,
    repeatable: bool = False,
) -> _T:
    """What `read` makes of the answer, within so many `seconds`. Redirects are not followed.

    What was never sent is sent again, once; what is `repeatable`, because it only reads, also where the connection
    broke: it may have been kept, and died meanwhile.

    Raises TransportError. Errors are raised `from None`: what the transport says of a failure may quote the request.
    """
    try:
        async with asyncio.timeout(seconds):
            try:
                return await _send(transport, request, read)
            except Unreachable:
                pass
            except _BrokeError as broken:
                if not repeatable:
                    raise NotAnswering(str(broken)) from None
            try:
                return await _send(transport, request, read)
            except _BrokeError as broken:
                raise NotAnswering(str(broken)) from None
    except TimeoutError:
        raise NotAnswering(_TOO_LATE) from None


class _BrokeError(Exception):
    """The connection ended before the answer did."""


@asynccontextmanager
async def within(seconds: float) -> AsyncIterator[None]:
    """Raises NotAnswering where what is inside takes longer."""
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError:
        raise NotAnswering(_TOO_LATE) from None


async def _send(transport: Transport, request: Request, read: Callable[[Response], Awaitable[_T]]) -> _T:
    try:
        return await transport.send(request, read)
    except MailboxError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever the library raises, its words may quote the request
        if nothing_was_sent(error):
            raise Unreachable(type(error).__name__) from None
        if broke(error):
            raise _BrokeError(type(error).__name__) from None
        raise NotAnswering(type(error).__name__) from None
