"""Serves a request of the revisions 2024-11-05 to 2025-11-25, which begin with `initialize`; without sessions.

2024-11-05 has the same messages for what is served here. It knows another transport alone (HTTP with SSE), and clients
that name it over this one are in use (docs/clients.md).
"""

from collections.abc import Mapping
from functools import partial
from typing import Any

from mailconnect.mcp.context import Context
from mailconnect.mcp.elicitation import opens_urls
from mailconnect.mcp.errors import InvalidParams, MethodNotFound
from mailconnect.mcp.message import RpcRequest
from mailconnect.mcp.server import Server
from mailconnect.mcp.tool import Call, Run
from mailconnect.mcp.versions import LATEST_LEGACY, LEGACY


async def respond(server: Server, revision: str, request: RpcRequest, context: Context) -> Mapping[str, Any]:
    """The result. Raises ProtocolError, InsufficientScope.

    Every revision gets the same fields. The older ones do not know `title`, `outputSchema` and `structuredContent`, let
    them pass, and are often named by clients that know more: without a header a request counts as 2025-03-26.
    """
    run = _method(server, request.method)
    if run is None:
        raise MethodNotFound("Method not found")
    return await run(Call(request.params, revision, context))


def _method(server: Server, name: str) -> Run | None:
    if name == "initialize":
        return partial(_initialize, server)
    if name == "ping":
        return _ping
    if server.tools and name == "tools/list":
        return server.list_tools
    if server.tools and name == "tools/call":
        return server.call_tool
    method = server.methods.get(name)
    return method.run if method is not None and method.legacy else None


async def _initialize(server: Server, call: Call) -> Mapping[str, Any]:
    """basic/lifecycle, Version Negotiation: the asked revision, or else the latest legacy one."""
    asked = call.params.get("protocolVersion")
    if not isinstance(asked, str):
        raise InvalidParams("The protocolVersion must be a string")
    if call.context.announced is not None:
        await call.context.announced(opens_urls(call.params.get("capabilities")))
    return {
        "protocolVersion": asked if asked in LEGACY else LATEST_LEGACY,
        "capabilities": server.offered_to_legacy,
        "serverInfo": server.info,
        "instructions": server.instructions,
    }


async def _ping(_: Call) -> Mapping[str, Any]:
    return {}
