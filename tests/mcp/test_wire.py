"""Our answers against the official models (package mcp_types) and against the official Python client."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

import httpx2
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError
from mcp_types import MissingRequiredClientCapabilityErrorData, UnsupportedProtocolVersionErrorData
from mcp_types.jsonrpc import JSONRPCError, JSONRPCResponse
from mcp_types.methods import parse_server_result, validate_server_result

from mailconnect.mail.errors import Throttled
from mailconnect.mcp.errors import MissingRequiredClientCapability

pytestmark = pytest.mark.anyio

LEGACY = ["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"]
REVISIONS = [*LEGACY, "2026-07-28"]


async def ask(endpoint, version, method, **params):
    if version == "2026-07-28":
        return await endpoint.modern(method, **params)
    return await endpoint.legacy(method, version=version, **params)


@pytest.mark.parametrize("version", REVISIONS)
@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("tools/list", {}),
        ("tools/call", {"name": "get_session"}),
        ("tools/call", {"name": "list_mailboxes", "arguments": {"role": "inbox"}}),
        ("tools/call", {"name": "list_mailboxes", "arguments": {"role": {"x": 1}}}),
    ],
    ids=str,
)
async def test_results_are_what_the_official_models_read(endpoint, version, method, params):
    status, body = await ask(endpoint, version, method, **params)
    assert status == 200
    assert JSONRPCResponse.model_validate(body).id == 1
    validate_server_result(method, version, body["result"])
    parse_server_result(method, version, body["result"])


@pytest.mark.parametrize("version", LEGACY)
async def test_initialize_and_ping_are_what_the_official_models_read(endpoint, version):
    _, body = await endpoint.legacy("initialize", version=version, protocolVersion=version)
    result: Any = parse_server_result("initialize", version, body["result"])
    assert result.protocol_version == version
    assert result.server_info.name == "mailconnect"
    _, body = await endpoint.legacy("ping", version=version)
    validate_server_result("ping", version, body["result"])


async def test_discover_is_what_the_official_model_reads(endpoint):
    _, body = await endpoint.modern("server/discover")
    result: Any = parse_server_result("server/discover", "2026-07-28", body["result"])
    assert "2026-07-28" in result.supported_versions
    assert result.cache_scope == "public"
    assert result.instructions == endpoint.server.instructions


@pytest.mark.parametrize("version", REVISIONS)
async def test_errors_are_what_the_official_model_reads(endpoint, version):
    for method, params in [("nope", {}), ("tools/call", {"name": "nope"}), ("tools/call", {})]:
        _, body = await ask(endpoint, version, method, **params)
        assert JSONRPCError.model_validate(body).error.code in {-32601, -32602}
    assert JSONRPCError.model_validate_json((await endpoint.raw(b"{")).body).id is None


async def test_error_data_is_what_the_official_models_read(endpoint):
    _, body = await endpoint.legacy("ping", version="2027-01-01")
    data = UnsupportedProtocolVersionErrorData.model_validate(body["error"]["data"])
    assert set(REVISIONS) == set(data.supported)
    data = MissingRequiredClientCapabilityErrorData.model_validate(
        MissingRequiredClientCapability({"sampling": {}}).data
    )
    assert data.required_capabilities.sampling is not None


class Bridge:
    """As little of an HTTP edge as a client needs; keeps what passed."""

    def __init__(self, endpoint) -> None:
        self.endpoint = endpoint
        self.seen: list[tuple[str, int]] = []

    async def __call__(
        self, scope: Any, receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]
    ) -> None:
        if scope["method"] != "POST":
            await send({"type": "http.response.start", "status": 405, "headers": [(b"allow", b"POST")]})
            await send({"type": "http.response.body", "body": b""})
            return
        body, more = b"", True
        while more:
            event = await receive()
            body, more = body + event["body"], event.get("more_body", False)
        headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]]
        given = await self.endpoint.raw(body, *headers)
        self.seen.append((json.loads(body)["method"], given.status))
        wire = [(name.encode(), value.encode()) for name, value in given.headers]
        await send({"type": "http.response.start", "status": given.status, "headers": wire})
        await send({"type": "http.response.body", "body": given.body or b""})


def connected(bridge, mode):
    http = httpx2.AsyncClient(transport=httpx2.ASGITransport(bridge), base_url="http://test")
    return Client(streamable_http_client("http://test/mcp", http_client=http), mode=mode)


@pytest.mark.parametrize(
    ("mode", "opening"),
    [
        ("auto", [("server/discover", 200)]),
        ("2026-07-28", []),
        ("legacy", [("initialize", 200), ("notifications/initialized", 202)]),
    ],
)
async def test_the_official_client_connects_lists_and_calls(endpoint, mode, opening):
    bridge = Bridge(endpoint)
    async with connected(bridge, mode) as client:
        assert client.session.protocol_version == ("2025-11-25" if mode == "legacy" else "2026-07-28")
        if mode != "2026-07-28":
            assert client.session.instructions == endpoint.server.instructions
        tools = (await client.list_tools()).tools
        assert [tool.name for tool in tools] == ["get_session", "list_mailboxes", "request_access"]
        result = await client.call_tool("list_mailboxes", {"name": "k\u00fcnden"})
        assert result.structured_content["mailboxes"][0]["mailboxId"] == "m3"
        assert (await client.call_tool("list_mailboxes", {"role": {"x": 1}})).is_error
        with pytest.raises(MCPError) as raised:
            await client.call_tool("nope", {})
        assert raised.value.code == -32602
    assert bridge.seen[: len(opening)] == opening


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_the_official_client_shows_a_mailbox_error_to_the_model(failing, mode):
    async with connected(Bridge(failing(Throttled("429", retry_after=30))), mode) as client:
        result = await client.call_tool("get_session", {})
    assert result.is_error
    assert "30 seconds" in result.content[0].text
