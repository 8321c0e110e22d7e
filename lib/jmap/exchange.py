"""One request to the provider and its answer, within bounds: of time, of size, and of what may be sent twice."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

import anyio
import httpx

from lib.jmap.body import ACCEPT_ENCODING
from lib.jmap.delivery import broke, nothing_was_sent
from lib.jmap.errors import MailboxError, NotAnswering, UnexpectedAnswer, Unreachable

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Bounds:
    """Seconds to connect, seconds for everything, and decoded bytes of a response."""

    connect: float = 2.0
    total: float = 8.0
    body: int = 5_000_000


def request_of(
    method: str, url: str, headers: dict[str, str], bounds: Bounds, *, content: bytes | None, content_type: str
) -> httpx.Request:
    """Not built by the shared client, which would add the cookies that the last person's answer left in it."""
    ours = {"Accept": "application/json", "Accept-Encoding": ACCEPT_ENCODING, "User-Agent": "mailconnect"}
    if content is not None:
        ours["Content-Type"] = content_type
    timeout = httpx.Timeout(bounds.total, connect=bounds.connect, pool=bounds.connect)
    return httpx.Request(
        method, url, headers=ours | headers, content=content, extensions={"timeout": timeout.as_dict()}
    )


async def exchange(
    http: httpx.AsyncClient,
    request: httpx.Request,
    read: Callable[[httpx.Response], Awaitable[_T]],
    bounds: Bounds,
    *,
    repeatable: bool = False,
) -> _T:
    """What `read` makes of the answer. Redirects are not followed. What was never sent is sent again, once; what is
    `repeatable`, because it only reads, also where the connection broke: it may have been kept, and died meanwhile.

    Raises TransportError. Errors are raised `from None`: what the transport says of a failure may quote the request.
    """
    with within(bounds.total):
        try:
            return await _send(http, request, read)
        except Unreachable:
            pass
        except _BrokeError as broken:
            if not repeatable:
                raise NotAnswering(str(broken)) from None
        try:
            return await _send(http, request, read)
        except _BrokeError as broken:
            raise NotAnswering(str(broken)) from None


class _BrokeError(Exception):
    """The connection ended before the answer did."""


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Raises NotAnswering where what is inside takes longer."""
    try:
        with anyio.fail_after(seconds):
            yield
    except TimeoutError:
        raise NotAnswering("no whole answer in time") from None


async def _send(http: httpx.AsyncClient, request: httpx.Request, read: Callable[[httpx.Response], Awaitable[_T]]) -> _T:
    try:
        response = await http.send(request, stream=True, auth=None, follow_redirects=False)
        try:
            return await read(response)
        finally:
            await response.aclose()
    except MailboxError:
        raise
    except httpx.InvalidURL:  # not the request's, which was checked: httpx reads Location even where it does not follow
        raise UnexpectedAnswer("a malformed redirect") from None
    except Exception as error:  # noqa: BLE001 - aiohttp's own errors pass through httpx-aiohttp where it knows no other
        if nothing_was_sent(error):
            raise Unreachable(type(error).__name__) from None
        if broke(error):
            raise _BrokeError(type(error).__name__) from None
        raise NotAnswering(type(error).__name__) from None
