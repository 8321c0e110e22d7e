"""Wrong answers, each an ASGI application that gives it instead of the right one."""

import zlib
from collections.abc import AsyncIterator
from functools import lru_cache
from typing import Any, cast

import httpx
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response, StreamingResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from mailconnect.sandbox.settings import Sleep
from mailconnect.sandbox.switches import Fault

RAW_SEND = "sandbox.send"
"""Where the application keeps the server's own send, which alone knows the connection."""

_PIECE = b" " * 65_536


def misbehaving(fault: Fault, response: Response | None, sleep: Sleep) -> ASGIApp:
    """The wrong answer that this fault asks for; response is the right one, where the endpoint acted."""
    right = response or Response(b"{}", media_type="application/json")
    retry_after = {} if fault.retry_after is None else {"retry-after": fault.retry_after}
    match fault.answer:
        case int(status):
            return HTMLResponse(f"<html><body><h1>{status}</h1></body></html>", status, retry_after)
        case "html":
            return HTMLResponse("<!doctype html><title>Maintenance</title><p>We will be back shortly.</p>")
        case "invalid_json":
            return Response(b'{"access_token": "fmu1-', media_type="application/json")
        case "empty":
            return Response(b"", media_type="application/json")
        case "redirect":
            return RedirectResponse(fault.location, status_code=302)
        case "huge":
            return StreamingResponse(_huge(fault.size), media_type="application/json")
        case "gzip_bomb":
            headers = {"content-encoding": "gzip"}
            return StreamingResponse(_gzip_bomb(fault.size), headers=headers, media_type="application/json")
        case "slow":
            headers = {name: value for name, value in right.headers.items() if name != "content-length"}
            return StreamingResponse(_slow(bytes(right.body), fault.pace, sleep), right.status_code, headers)
        case "cut":
            return Cut(right)
        case "drop":
            return hang_up
        case _:
            return PlainTextResponse("the sandbox has no such wrong answer", 500)


async def _huge(size: int) -> AsyncIterator[bytes]:
    for _ in range(0, size, len(_PIECE)):
        yield _PIECE


async def _gzip_bomb(size: int) -> AsyncIterator[bytes]:
    for packed in _packed(size):
        yield packed


@lru_cache(maxsize=4)
def _packed(size: int) -> tuple[bytes, ...]:
    packer = zlib.compressobj(wbits=31)
    pieces = [packer.compress(_PIECE) for _ in range(0, size, len(_PIECE))]
    return tuple(filter(None, (*pieces, packer.flush())))


async def _slow(body: bytes, pace: float, sleep: Sleep) -> AsyncIterator[bytes]:
    for at in range(len(body)):
        await sleep(pace)
        yield body[at : at + 1]


class Cut:
    """Half of the right answer, then the connection is closed."""

    def __init__(self, response: Response) -> None:
        self._response = response

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = bytes(self._response.body)
        start = {"type": "http.response.start", "status": self._response.status_code}
        await send({**start, "headers": self._response.raw_headers})
        await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
        transport = _transport(scope)
        if transport is None:
            raise httpx.RemoteProtocolError("peer closed connection without sending complete message body")
        transport.close()
        await _gone(receive)


async def hang_up(scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001 - an ASGI application
    """Closes the connection without a byte; without a server between, fails as the client's connection would."""
    transport = _transport(scope)
    if transport is None:
        raise httpx.RemoteProtocolError("Server disconnected without sending a response.")
    transport.abort()
    await _gone(receive)


def _transport(scope: Scope) -> Any:
    """uvicorn's send is a method of the request's cycle, which holds the connection; ASGI has no word for it."""
    cycle = getattr(scope.get(RAW_SEND), "__self__", None)
    return cast("Any", getattr(cycle, "transport", None))


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
