"""Serves a request of revision 2026-07-28: stateless, each request with its own metadata."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from mailconnect.mcp.context import Context
from mailconnect.mcp.errors import InvalidParams, MethodNotFound, UnsupportedProtocolVersion
from mailconnect.mcp.headers import METHOD_HEADER, NAME_HEADER, Headers, check_headers, single
from mailconnect.mcp.message import RpcRequest
from mailconnect.mcp.server import Server
from mailconnect.mcp.tool import Call, Run
from mailconnect.mcp.versions import MODERN, SUPPORTED, VERSION_KEY

CAPABILITIES_KEY = "io.modelcontextprotocol/clientCapabilities"
SERVER_KEY = "io.modelcontextprotocol/serverInfo"

# server/utilities/caching. What this server says of itself is the same for everybody and changes when it is deployed.
# The list of tools follows the grant, which its owner may narrow at any time. What a method mounted beside says may
# be a person's own.
_CACHEABLE = frozenset({"prompts/list", "resources/list", "resources/templates/list", "resources/read"})
_PRIVATE = {"ttlMs": 0, "cacheScope": "private"}
_OF_THE_GRANT = {"ttlMs": 60_000, "cacheScope": "private"}
_PUBLIC = {"ttlMs": 3_600_000, "cacheScope": "public"}


async def respond(server: Server, headers: Headers, request: RpcRequest, context: Context) -> Mapping[str, Any]:
    """The result. Raises ProtocolError, InsufficientScope."""
    capabilities = _check(headers, request)
    run = _method(server, request.method)
    if run is None:
        raise MethodNotFound("Method not found")
    result = await run(Call(request.params, MODERN, context, capabilities))
    return _complete(server, request.method, result)


def _check(headers: Headers, request: RpcRequest) -> Mapping[str, Any]:
    """The client's capabilities. The order is the official server's: first whether the request is whole, then whether
    its two halves agree, and only then whether they ask for something that is served.
    """
    single(headers, METHOD_HEADER)
    single(headers, NAME_HEADER)
    meta = request.meta
    if missing := [key for key in (VERSION_KEY, CAPABILITIES_KEY) if key not in meta]:
        raise InvalidParams(f"_meta lacks {' and '.join(missing)}")
    version, capabilities = meta[VERSION_KEY], meta[CAPABILITIES_KEY]
    check_headers(headers, request, version)
    if version != MODERN:
        raise UnsupportedProtocolVersion(version, SUPPORTED)
    if not isinstance(capabilities, dict):
        raise InvalidParams(f"{CAPABILITIES_KEY} must be an object")
    return capabilities


def _method(server: Server, name: str) -> Run | None:
    if name == "server/discover":
        return partial(_discover, server)
    if server.tools and name == "tools/list":
        return server.list_tools
    if server.tools and name == "tools/call":
        return server.call_tool
    method = server.methods.get(name)
    return method.run if method is not None and method.modern else None


async def _discover(server: Server, _: Call) -> Mapping[str, Any]:
    return {
        "supportedVersions": [*SUPPORTED],
        "capabilities": server.offered,
        "instructions": server.instructions,
    }


def _complete(server: Server, method: str, result: Mapping[str, Any]) -> dict[str, Any]:
    whole: dict[str, Any] = {"resultType": "complete", **result}
    if whole["resultType"] == "complete":
        if method == "server/discover":
            whole = {**_PUBLIC, **whole}
        elif method == "tools/list":
            whole = {**_OF_THE_GRANT, **whole}
        elif method in _CACHEABLE:
            whole = {**_PRIVATE, **whole}
    return {**whole, "_meta": {SERVER_KEY: server.info, **result.get("_meta", {})}}
