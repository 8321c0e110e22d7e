import pytest

pytestmark = pytest.mark.anyio

REVISIONS = ["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"]


@pytest.mark.parametrize("asked", REVISIONS)
async def test_initialize_answers_the_asked_revision(endpoint, asked):
    message = {
        "jsonrpc": "2.0",
        "id": 0,
        "method": "initialize",
        "params": {"protocolVersion": asked, "capabilities": {}, "clientInfo": {"name": "c", "version": "1"}},
    }
    status, body = await endpoint.post(message)
    assert status == 200
    result = body["result"]
    assert result["protocolVersion"] == asked
    assert result["capabilities"] == {"tools": {}}
    assert result["serverInfo"] == {"name": "mailconnect", "title": "mailconnect", "version": "1.2.3"}
    assert "list_mailboxes" in result["instructions"]


@pytest.mark.parametrize("asked", ["2024-10-07", "2026-07-28", "2099-01-01", ""])
async def test_or_else_the_latest_legacy_one(endpoint, asked):
    _, body = await endpoint.post(
        {"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {"protocolVersion": asked}}
    )
    assert body["result"]["protocolVersion"] == "2025-11-25"


@pytest.mark.parametrize("params", [{}, {"protocolVersion": 5}, {"protocolVersion": None}])
async def test_initialize_without_a_version_is_invalid(endpoint, params):
    status, body = await endpoint.post({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": params})
    assert (status, body["error"]["code"]) == (200, -32602)


@pytest.mark.row("MC-23")
async def test_a_session_id_is_neither_minted_nor_read(endpoint):
    body = b'{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18"}}'
    plain = await endpoint.raw(body)
    assert await endpoint.raw(body, ("mcp-session-id", "somebody-elses"), ("last-event-id", "9")) == plain
    assert "session" not in str(plain.headers)


async def test_ping_is_answered(endpoint):
    assert await endpoint.legacy("ping", ident="p") == (200, {"jsonrpc": "2.0", "id": "p", "result": {}})


@pytest.mark.row("MC-15")
@pytest.mark.parametrize(
    "method", ["unknown", "server/discover", "resources/list", "logging/setLevel", "toString", "__init__"]
)
@pytest.mark.parametrize("version", REVISIONS)
async def test_an_unknown_method_is_200_and_32601(endpoint, method, version):
    status, body = await endpoint.legacy(method, version=version, ident=9)
    assert (status, body["error"]["code"], body["id"]) == (200, -32601, 9)


@pytest.mark.parametrize("version", REVISIONS)
async def test_tools_are_listed_and_called(endpoint, version):
    _, body = await endpoint.legacy("tools/list", version=version)
    assert [tool["name"] for tool in body["result"]["tools"]] == ["get_session", "list_mailboxes", "request_access"]
    assert set(body["result"]) == {"tools"}
    _, body = await endpoint.legacy("tools/call", version=version, name="get_session")
    assert set(body["result"]) == {"content", "structuredContent", "isError"}


async def test_a_task_that_was_asked_for_is_ignored(endpoint):
    _, body = await endpoint.legacy("tools/call", name="get_session", arguments={}, task={"ttl": 60000})
    assert body["result"]["isError"] is False
