"""One request to the provider and its response, within bounds: of time, of size, and of what may be sent twice."""

import asyncio
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

from mailconnect.encoding.discreet import Discreet
from mailconnect.mail.errors import MailboxError, NotAnswering, ResponseTooLong, UnexpectedAnswer, Unreachable
from mailconnect.outbound.delivery import broke, nothing_was_sent
from mailconnect.outbound.transport import OutboundRequest, Response, Transport

_CODINGS = frozenset({"identity", "", "gzip", "x-gzip"})
"""RFC 9110 §8.4.1.3: `x-gzip` is the same as `gzip`."""

_MAX_MEMBERS = 1000


@dataclass(frozen=True, slots=True)
class ExchangeBounds:
    """Seconds to connect, seconds for everything, and decoded bytes of a response."""

    connect: float = 2.0
    total: float = 8.0
    body: int = 5_000_000


class Received(Discreet, frozen=True):
    """A response, read to its end. `body` is empty where none of it was wanted. `header` gives a header's value by its
    name, or None."""

    status: int
    header: Callable[[str], str | None]
    body: bytes


def request_of(
    method: str, url: str, headers: dict[str, str], bounds: ExchangeBounds, *, content: bytes | None, content_type: str
) -> OutboundRequest:
    ours = {"Accept": "application/json", "Accept-Encoding": "gzip", "User-Agent": "mailconnect"}
    if content is not None:
        ours["Content-Type"] = content_type
    return OutboundRequest(method, url, ours | headers, content, bounds.connect)


def nothing_of(_: int) -> int:
    """The bytes that are wanted of the body of a response that is not 200."""
    return 0


async def exchange(
    transport: Transport,
    request: OutboundRequest,
    seconds: float,
    *,
    limit: int,
    limit_of_error: Callable[[int], int] = nothing_of,
    repeatable: bool = False,
) -> Received:
    """The response, within so many `seconds`. Redirects are not followed.

    `limit`: decoded bytes of the body of a 200. `limit_of_error` says it for any other status; with 0, the body is not
    read.

    What was never sent is sent again, once; what is `repeatable`, because it only reads, also where the connection
    broke: it may have been kept, and died meanwhile.

    Raises TransportError. Errors are raised `from None`: what the transport says of a failure may quote the request.
    """
    read = partial(_received, limit, limit_of_error)
    async with within(seconds):
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


class _BrokeError(Exception):
    """The connection ended before the response did."""


@asynccontextmanager
async def within(seconds: float) -> AsyncIterator[None]:
    """Raises NotAnswering where what is inside takes longer."""
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError:
        raise NotAnswering("no whole answer in time") from None


async def _send(
    transport: Transport, request: OutboundRequest, read: Callable[[Response], Awaitable[Received]]
) -> Received:
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


async def _received(limit: int, limit_of_error: Callable[[int], int], response: Response) -> Received:
    status = response.status
    maximum = limit if status == 200 else limit_of_error(status)
    return Received(status, response.header, await _body(response, maximum) if maximum else b"")


async def _body(response: Response, limit: int) -> bytes:
    """Raises ResponseTooLong past `limit` decoded bytes, and UnexpectedAnswer for a coding that was not asked for.

    Not the library's own decoding: it inflates a whole network chunk before its size can be looked at.
    """
    coding = (response.header("content-encoding") or "identity").strip().lower()
    if coding not in _CODINGS:
        raise UnexpectedAnswer("a content coding that was not asked for")
    inflate = None if coding in {"identity", ""} else _Members()
    body = bytearray()
    async for chunk in response.chunks():
        room = limit - len(body)
        if inflate is None:
            body += chunk[: room + 1]
        else:
            inflate.into(body, chunk, limit)
        if len(body) > limit:
            raise ResponseTooLong(f"the body is longer than {limit} bytes")
    if inflate is not None and not inflate.is_whole:
        raise UnexpectedAnswer("the body ends too early")
    return bytes(body)


class _Members:
    """The decoder of one gzip stream, which may have several members (RFC 1952 §2.2)."""

    def __init__(self) -> None:
        self._member = zlib.decompressobj(wbits=31)
        self._members = 1

    @property
    def is_whole(self) -> bool:
        return self._member.eof

    def into(self, body: bytearray, chunk: bytes, limit: int) -> None:
        """Adds to `body`, at most one byte beyond `limit`. Raises UnexpectedAnswer."""
        while chunk:
            if self._member.eof:
                self._next()
            try:
                body += self._member.decompress(chunk, limit - len(body) + 1)
            except zlib.error:
                raise UnexpectedAnswer("the body is not gzip") from None
            if len(body) > limit:
                return
            chunk = self._member.unused_data

    def _next(self) -> None:
        """An empty member takes 20 bytes, and as much work as a full one."""
        if self._members == _MAX_MEMBERS:
            raise UnexpectedAnswer("a gzip stream of too many members")
        self._member = zlib.decompressobj(wbits=31)
        self._members += 1
