"""An HTTP edge for the server of everything: no tokens, but Server-Sent Events, which our own edge never needs."""

import asyncio
import contextlib
import ipaddress
import json
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from mailconnect.mcp.context import Context
from mailconnect.mcp.dispatch import respond
from mailconnect.mcp.message import HttpResponse
from tests.conformance.everything.server import EVERYTHING
from tests.conformance.everything.stream import STREAM, Message, Stream, Waiting

# The suite opens streams side by side only in a session. Ours has none: the dispatcher never sees what this says.
SESSION = {"mcp-session-id": "1"}


class NoMailbox:
    """None of the suite's tools reaches one."""

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(name)


CONTEXT = Context(
    granted=frozenset(),
    mail=NoMailbox(),
    contacts=NoMailbox(),
    masked=NoMailbox(),
    clock=lambda: 0,
    entropy=bytes,
    search_key=lambda: b"",
    draft_key=lambda: b"",
)


class Edge:
    def __init__(self) -> None:
        self._waiting = Waiting()

    async def post(self, request: Request) -> Response:
        named = [f"//{request.headers.get('host', '')}", request.headers.get("origin", "//localhost")]
        if not all(_loopback(url) for url in named):
            return Response(status_code=403)
        body = await request.body()
        with contextlib.suppress(ValueError):
            if self._waiting.settle(json.loads(body)):
                return Response(status_code=202)
        stream = Stream(self._waiting)
        answering = asyncio.create_task(_answer(request, body, stream))
        first = await stream.outgoing.get()
        if isinstance(first, HttpResponse):
            await answering
            session = SESSION if first.operation == "initialize" else {}
            return Response(first.body, first.status, {**dict(first.headers), **session})
        return StreamingResponse(_events(first, stream, answering), media_type="text/event-stream")


async def _answer(request: Request, body: bytes, stream: Stream) -> None:
    STREAM.set(stream)
    headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in request.scope["headers"]]
    answered = await respond(EVERYTHING, headers, body, CONTEXT)
    await stream.outgoing.put(answered)
    if answered.fault is not None:
        raise answered.fault


async def _events(first: Message, stream: Stream, answering: asyncio.Task[None]) -> AsyncIterator[bytes]:
    sent: Message | HttpResponse = first
    while not isinstance(sent, HttpResponse):
        yield _event(json.dumps(sent).encode())
        sent = await stream.outgoing.get()
    await answering
    yield _event(sent.body or b"")


def _event(data: bytes) -> bytes:
    return b"event: message\ndata: " + data + b"\n\n"


def _loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return host == "localhost"


def everything() -> Starlette:
    return Starlette(routes=[Route("/mcp", Edge().post, methods=["POST"])])
