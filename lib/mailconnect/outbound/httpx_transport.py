"""The way to the provider over one of httpx's transports: its own, as on Lambda, or another that tests put there."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TypeVar

import httpx

from mailconnect.outbound.transport import OutboundRequest, Response

_T = TypeVar("_T")


class OverHttpx:
    """A Transport over httpx's own transport. Its client would keep the cookies of one owner's response and send them
    with the next owner's request, and it costs as much again.
    """

    def __init__(self, transport: httpx.AsyncBaseTransport) -> None:
        self._transport = transport

    async def send(self, request: OutboundRequest, read: Callable[[Response], Awaitable[_T]]) -> _T:
        extensions = {"timeout": httpx.Timeout(None, connect=request.connect, pool=request.connect).as_dict()}
        response = await self._transport.handle_async_request(
            httpx.Request(
                request.method, request.url, headers=request.headers, content=request.content, extensions=extensions
            )
        )
        try:
            return await read(_Answer(response))
        finally:
            await response.aclose()


class _Answer:
    def __init__(self, response: httpx.Response) -> None:
        self.status = response.status_code
        self._response = response

    def header(self, name: str) -> str | None:
        value: str | None = self._response.headers.get(name)
        return value

    def chunks(self) -> AsyncIterator[bytes]:
        return self._response.aiter_raw()
