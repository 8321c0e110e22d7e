"""The floor: bare Starlette on the same server, forwarding by the same client, without any authorization.

`python -m bench.servers.floor PORT STUB_PORT`. `/mcp` forwards a tool call through aiohttp, as mailconnect does on one
machine, and `/httpx` through httpx's client, as most would; `/401` and `/list` answer from memory.
"""

import asyncio
import json
import signal
import sys

import httpx
import uvloop
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, Router

from handlers.local.bridge import listener
from handlers.local.client import client
from handlers.local.server import server
from lib.jmap.body import read
from lib.jmap.transport import Request as Asked
from lib.mcp.tools import TOOLS

_CALL = json.dumps(
    {
        "using": ["urn:ietf:params:jmap:core", "urn:ietf:params:jmap:mail"],
        "methodCalls": [["Mailbox/get", {"accountId": "u1"}, "c0"]],
    }
).encode()
_HEADERS = {"authorization": "Bearer at-floor", "content-type": "application/json"}
_LIST = {"tools": [tool.definition() for tool in TOOLS]}


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
            return _result(message, json.loads(await transport.send(asked, lambda answer: read(answer, limit=10**7))))

        async def by_httpx(request: Request) -> Response:
            message = json.loads(await request.body())
            answer = await http.post(url, content=_CALL, headers=_HEADERS)
            return _result(message, answer.json())

        routes = {"/mcp": forwarded, "/httpx": by_httpx, "/401": refused, "/list": listed}
        serving = server(Router([Route(path, endpoint, methods=["POST"]) for path, endpoint in routes.items()]))
        running = asyncio.create_task(serving.serve(sockets=[listener(port, "PORT")]))
        await stop.wait()
        serving.should_exit = True
        await running


def _result(message: dict[str, object], document: dict[str, object]) -> Response:
    """With the mailboxes once as a structure and once as text, as the protocol asks of a tool with a structure."""
    mailboxes = document["methodResponses"][0][1]["list"]  # type: ignore[index]
    content = [{"type": "text", "text": json.dumps(mailboxes)}]
    result = {"content": content, "structuredContent": {"mailboxes": mailboxes}, "isError": False}
    return JSONResponse({"jsonrpc": "2.0", "id": message["id"], "result": result})


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main(int(sys.argv[1]), int(sys.argv[2])))
