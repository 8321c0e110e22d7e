import base64

import pytest

pytestmark = pytest.mark.anyio

MISMATCH = -32020


def sentinel(text):
    return f"=?base64?{base64.b64encode(text.encode()).decode()}?="


@pytest.mark.row("MC-17")
@pytest.mark.parametrize(
    "headers",
    [
        {"mcp-method": None},
        {"mcp-method": "prompts/list"},
        {"mcp-method": "TOOLS/CALL"},
        {"mcp-method": ""},
        {"mcp-method": sentinel("tools/call")},
        {"mcp-name": None},
        {"mcp-name": ""},
        {"mcp-name": "list_mailboxes"},
        {"mcp-name": "GET_SESSION"},
        {"mcp-name": sentinel("list_mailboxes")},
        {"mcp-name": "=?base64?Z2V0X3Nlc3Npb24?="},
        {"mcp-name": "=?base64?Z2V0!X3Nlc3Npb24=?="},
        {"mcp-name": "=?base64?Z2V0X3Nlc3Npb25=?="},
        {"mcp-name": "=?base64?/w==?="},
        {"mcp-name": "=?BASE64?Z2V0X3Nlc3Npb24=?="},
        {"mcp-name": "get_session\u00e4"},
        {"mcp-name": "get_\x7fsession"},
        {"mcp-protocol-version": None},
        {"mcp-protocol-version": ""},
        {"mcp-protocol-version": "2025-11-25"},
        {"mcp-protocol-version": "2026-07-29"},
    ],
    ids=str,
)
async def test_a_header_that_is_missing_or_differs_is_refused(endpoint, access, headers):
    status, body = await endpoint.modern("tools/call", name="get_session", headers=headers, ident="x")
    assert (status, body["error"]["code"], body["id"]) == (400, MISMATCH, "x")
    assert access.asked == []


@pytest.mark.row("MC-17")
@pytest.mark.parametrize("name", ["get_session", "  get_session\t", sentinel("get_session")])
async def test_an_encoded_name_and_white_space_around_it_pass(endpoint, name):
    status, body = await endpoint.modern("tools/call", name="get_session", headers={"mcp-name": name})
    assert (status, body["result"]["isError"]) == (200, False)


@pytest.mark.row("MC-17")
@pytest.mark.parametrize("name", ["w\u00f6rk", "\u65e5\u672c", " padded ", "line1\nline2", "=?base64?literal?=", ""])
async def test_any_name_compares_after_decoding(endpoint, name):
    status, body = await endpoint.modern("tools/call", name=name, headers={"mcp-name": sentinel(name)})
    assert (status, body["error"]["code"]) == (400, -32602)  # unknown tool: the header was right
    status, body = await endpoint.modern("tools/call", name=name, headers={"mcp-name": sentinel(name + "x")})
    assert (status, body["error"]["code"]) == (400, MISMATCH)


@pytest.mark.row("MC-17")
async def test_half_a_sentinel_is_a_literal(endpoint):
    for name in ("=?base64?Z2V0X3Nlc3Npb24=", "Z2V0X3Nlc3Npb24=?="):
        status, body = await endpoint.modern("tools/call", name=name)
        assert (status, body["error"]["code"]) == (400, -32602)


@pytest.mark.row("MC-17")
@pytest.mark.parametrize("repeated", ["mcp-protocol-version", "mcp-method", "mcp-name"])
async def test_a_repeated_header_is_refused(endpoint, repeated):
    message = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "tools/call",
        "params": {
            "name": "get_session",
            "_meta": {
                "io.modelcontextprotocol/protocolVersion": "2026-07-28",
                "io.modelcontextprotocol/clientCapabilities": {},
            },
        },
    }
    headers = {"mcp-protocol-version": "2026-07-28", "mcp-method": "tools/call", "mcp-name": "get_session"}
    assert (await endpoint.post(message, *headers.items()))[0] == 200
    status, body = await endpoint.post(message, *headers.items(), (repeated, headers[repeated]))
    assert (status, body["error"]["code"]) == (400, MISMATCH)


async def test_a_uri_is_compared_for_resources(endpoint):
    status, body = await endpoint.modern("resources/read", uri="file:///a", headers={"mcp-name": "file:///b"})
    assert (status, body["error"]["code"]) == (400, MISMATCH)
    status, body = await endpoint.modern("resources/read", uri="file:///a")
    assert (status, body["error"]["code"]) == (404, -32601)


async def test_legacy_requests_need_none_of_them(endpoint):
    status, _ = await endpoint.post(
        {"jsonrpc": "2.0", "id": 1, "method": "tools/list"},
        ("mcp-protocol-version", "2025-06-18"),
        ("mcp-method", "something/else"),
        ("mcp-name", "nonsense"),
    )
    assert status == 200
