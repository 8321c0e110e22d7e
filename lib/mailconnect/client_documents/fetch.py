"""One GET of a document whose address a client chose (CIMD draft §4, §6.5; MCP security best practices, SSRF).

The name is resolved once, every address it has must be public, and the connection goes to one of those very addresses,
with the name for TLS and in Host: so nothing can change between the check and the use. No redirect, no proxy, no
cookie, no compression, five kilobytes, three seconds for all of it.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import anyio
import h11
from anyio.abc import ByteStream

from mailconnect.client_documents.fetched import Fetched, NotFetched
from mailconnect.client_documents.public_address import is_public
from mailconnect.oauth.clients.id_url import DocumentUrl

SECONDS = 3.0
MAX_BODY = 5120
_MAX_HEAD = 16_384
_MAX_INTERIM = 5
_MAX_ADDRESSES = 32
_TRIES, _SECONDS_A_TRY = 3, 1.0


class TooManyLookUps(Exception):
    """So many names are being looked up that another one would have to wait for too long."""


Resolve = Callable[[str], Awaitable[Sequence[str]]]
"""All addresses of a name. Raises OSError, TooManyLookUps."""

Connect = Callable[[str, str], Awaitable[ByteStream]]
"""A verified TLS connection to an address, on port 443, as to a name. Raises OSError, ssl.SSLError."""


@dataclass(frozen=True, slots=True)
class Fetch:
    resolve: Resolve
    connect: Connect
    seconds: float = SECONDS

    async def __call__(self, url: DocumentUrl) -> Fetched:
        """A JSON document. Raises NotFetched."""
        try:
            with anyio.fail_after(self.seconds):
                addresses = await self._addresses(url.host)
                stream = await self._connected(addresses, url.host)
                try:
                    return await _get(stream, url)
                finally:
                    await anyio.aclose_forcefully(stream)
        except TimeoutError:
            raise NotFetched("too_slow") from None

    async def _addresses(self, host: str) -> Sequence[str]:
        try:
            addresses = await self.resolve(host)
        except TooManyLookUps:
            raise NotFetched("too_many_look_ups") from None
        except (OSError, UnicodeError):
            raise NotFetched("name_unknown") from None
        if not 0 < len(addresses) <= _MAX_ADDRESSES:
            raise NotFetched("name_unknown")
        # One that is not public says that the name is not what it seems, however many are.
        if not all(map(is_public, addresses)):
            raise NotFetched("address_not_public")
        return addresses

    async def _connected(self, addresses: Sequence[str], host: str) -> ByteStream:
        for address in addresses[:_TRIES]:
            try:
                with anyio.fail_after(_SECONDS_A_TRY):
                    return await self.connect(address, host)
            except (
                OSError,
                anyio.BrokenResourceError,
                anyio.EndOfStream,
            ):  # TimeoutError and ssl.SSLError are OSErrors
                continue
        raise NotFetched("no_connection")


async def _get(stream: ByteStream, url: DocumentUrl) -> Fetched:
    http = h11.Connection(h11.CLIENT, max_incomplete_event_size=_MAX_HEAD)
    request = h11.Request(
        method="GET",
        target=url.target,
        headers=[
            ("Host", url.host),
            ("Accept", "application/json"),
            ("Accept-Encoding", "identity"),
            ("User-Agent", "mailconnect"),
            ("Connection", "close"),
        ],
    )
    try:
        for event in (request, h11.EndOfMessage()):
            if octets := http.send(event):
                await stream.send(octets)
        response = await _response(http, stream)
        headers = tuple((name.decode("ascii"), value.decode("latin-1")) for name, value in response.headers)
        _check(response.status_code, headers)
        return Fetched(await _body(http, stream), headers)
    except (h11.ProtocolError, OSError, anyio.BrokenResourceError):
        raise NotFetched("broken_answer") from None


async def _response(http: h11.Connection, stream: ByteStream) -> h11.Response:
    interim = 0
    while True:
        event = await _next(http, stream)
        if isinstance(event, h11.Response):
            return event
        interim += 1
        if interim > _MAX_INTERIM or not isinstance(event, h11.InformationalResponse):
            raise NotFetched("broken_answer")


async def _body(http: h11.Connection, stream: ByteStream) -> bytes:
    body = b""
    while isinstance(event := await _next(http, stream), h11.Data):
        body += event.data
        if len(body) > MAX_BODY:
            raise NotFetched("too_large")
    return body


async def _next(http: h11.Connection, stream: ByteStream) -> object:
    while (event := http.next_event()) is h11.NEED_DATA:
        try:
            http.receive_data(await stream.receive(_MAX_HEAD))
        except anyio.EndOfStream:
            http.receive_data(b"")
    return event


def _check(status: int, headers: Sequence[tuple[str, str]]) -> None:
    if status != 200:  # whatever else it is, redirects included, is an error (draft §4)
        raise NotFetched(f"status_{status}" if status < 600 else "broken_answer")
    media_types = [value.partition(";")[0].strip().lower() for name, value in headers if name == "content-type"]
    if len(media_types) != 1 or not _is_json(media_types[0]):
        raise NotFetched("not_json")
    for name, value in headers:
        if name == "content-encoding" and value.strip().lower() != "identity":
            raise NotFetched("encoded")
        if name == "content-length" and int(value) > MAX_BODY:
            raise NotFetched("too_large")


def _is_json(media_type: str) -> bool:
    return media_type == "application/json" or (media_type.startswith("application/") and media_type.endswith("+json"))
