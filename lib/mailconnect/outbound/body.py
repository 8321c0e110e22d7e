"""Reads a response's body up to a number of decoded bytes: neither a long nor a swollen one fills the memory."""

import zlib

from mailconnect.mail.errors import ResponseTooLong, UnexpectedAnswer
from mailconnect.outbound.transport import Response

ACCEPT_ENCODING = "gzip"


async def read(response: Response, *, limit: int) -> bytes:
    """Raises ResponseTooLong past `limit` decoded bytes, and UnexpectedAnswer for a coding that was not asked for.

    Not the library's own decoding: it inflates a whole network chunk before one can look at the size.
    """
    coding = (response.header("content-encoding") or "identity").strip().lower()
    if coding not in {"identity", "gzip", ""}:
        raise UnexpectedAnswer("a content coding that was not asked for")
    inflate = zlib.decompressobj(wbits=31) if coding == "gzip" else None
    body = bytearray()
    async for chunk in response.chunks():
        room = limit - len(body)
        if inflate is None:
            body += chunk[: room + 1]
        else:
            try:
                body += inflate.decompress(chunk, room + 1)
            except zlib.error:
                raise UnexpectedAnswer("the body is not gzip") from None
            if inflate.unused_data:
                raise UnexpectedAnswer("something follows the body")
        if len(body) > limit:
            raise ResponseTooLong(f"the body is longer than {limit} bytes")
    if inflate is not None and not inflate.eof:
        raise UnexpectedAnswer("the body ends too early")
    return bytes(body)
