"""Reads a response's body up to a number of decoded bytes: neither a long nor a swollen one fills the memory."""

import zlib

from mailconnect.mail.errors import ResponseTooLong, UnexpectedAnswer
from mailconnect.outbound.transport import Response

ACCEPT_ENCODING = "gzip"

_CODINGS = frozenset({"identity", "", "gzip", "x-gzip"})
"""RFC 9110 §8.4.1.3: `x-gzip` is the same as `gzip`."""

_MOST_MEMBERS = 1000


async def read(response: Response, *, limit: int) -> bytes:
    """Raises ResponseTooLong past `limit` decoded bytes, and UnexpectedAnswer for a coding that was not asked for.

    Not the library's own decoding: it inflates a whole network chunk before one can look at the size.
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
    """What one gzip stream unpacks to, which may have several members (RFC 1952 §2.2)."""

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
        if self._members == _MOST_MEMBERS:
            raise UnexpectedAnswer("a gzip stream of too many members")
        self._member = zlib.decompressobj(wbits=31)
        self._members += 1
