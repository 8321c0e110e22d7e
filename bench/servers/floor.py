"""The floor: bare Starlette on the same server, forwarding by the same client, without any authorization.

`python -m bench.servers.floor PORT STUB_PORT`. `/mcp` forwards a tool call through aiohttp, as mailconnect does
on one machine, `/httpx` through httpx's client, as most programs would, and `/socket` over a bare socket; `/401` and
`/list` answer from memory.
"""

import asyncio
import json
import signal
import sys
from typing import cast

import httpx
import uvloop
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, Router

from mailconnect.local.bridge import listener
from mailconnect.local.server import server
from mailconnect.mcp.tools import TOOLS
from mailconnect.outbound.aiohttp_transport import client
from mailconnect.outbound.transport import OutboundRequest as Asked
from mailconnect.outbound.transport import Response as Answer

_CALL = json.dumps(
    {
        "using": ["urn:ietf:params:jmap:core", "urn:ietf:params:jmap:mail"],
        "methodCalls": [["Mailbox/get", {"accountId": "u1"}, "c0"]],
    }
).encode()
_HEADERS = {"authorization": "Bearer at-floor", "content-type": "application/json"}
_LIST = {"tools": [tool.definition() for tool in TOOLS]}


async def _whole(answer: Answer) -> bytes:
    return b"".join([chunk async for chunk in answer.chunks()])


async def main(port: int, stub_port: int) -> None:
    url = f"http://127.0.0.1:{stub_port}/jmap/api"
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)

    async def refused(request: Request) -> Response:
        await request.body()
        challenge = {"www-authenticate": 'Bearer resource_metadata="http://127.0.0.1/"'}
        return JSONResponse({"error": "unauthorized"}, 401, challenge)

    async def listed(request: Request) -> Response:
        message = json.loads(await request.body())
        return JSONResponse({"jsonrpc": "2.0", "id": message["id"], "result": _LIST})

    async with client() as transport, httpx.AsyncClient(trust_env=False) as http:

        async def forwarded(request: Request) -> Response:
            message = json.loads(await request.body())
            asked = Asked("POST", url, _HEADERS, _CALL, connect=2.0)
            return _result(message, json.loads(await transport.send(asked, _whole)))

        async def by_httpx(request: Request) -> Response:
            message = json.loads(await request.body())
            answer = await http.post(url, content=_CALL, headers=_HEADERS)
            return _result(message, answer.json())

        idle: list[_Line] = []

        async def by_socket(request: Request) -> Response:
            message = json.loads(await request.body())
            if not idle:
                _, line = await asyncio.get_running_loop().create_connection(_Line, "127.0.0.1", stub_port)
                idle.append(line)
            line = idle.pop()
            document = json.loads(await line.ask())
            idle.append(line)
            return _result(message, document)

        routes = {"/mcp": forwarded, "/httpx": by_httpx, "/socket": by_socket, "/401": refused, "/list": listed}
        serving = server(Router([Route(path, endpoint, methods=["POST"]) for path, endpoint in routes.items()]))
        running = asyncio.create_task(serving.serve(sockets=[listener(port, "PORT")]))
        await stop.wait()
        serving.should_exit = True
        await running


class _Line(asyncio.Protocol):
    """A bare socket that knows of HTTP only where this stub's response ends."""

    _SENT = (
        b"POST /jmap/api HTTP/1.1\r\nhost: stub\r\nauthorization: Bearer at-floor\r\ncontent-type: application/json\r\n"
        b"content-length: %d\r\n\r\n%s" % (len(_CALL), _CALL)
    )

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._body += data
        if self._body.endswith(b"}"):
            self._answered.set_result(self._body[self._body.index(b"\r\n\r\n") :])

    async def ask(self) -> bytes:
        self._body = b""
        self._answered: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._transport.write(self._SENT)
        return await self._answered


def _result(message: dict[str, object], document: dict[str, object]) -> Response:
    """With the mailboxes once as a structure and once as text, as the protocol asks of a tool with a structure."""
    mailboxes = document["methodResponses"][0][1]["list"]  # type: ignore[index]
    content = [{"type": "text", "text": json.dumps(mailboxes)}]
    result = {"content": content, "structuredContent": {"mailboxes": mailboxes}, "isError": False}
    return JSONResponse({"jsonrpc": "2.0", "id": message["id"], "result": result})


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main(int(sys.argv[1]), int(sys.argv[2])))
