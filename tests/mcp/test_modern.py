import pytest

pytestmark = pytest.mark.anyio

VERSION = "io.modelcontextprotocol/protocolVersion"
CAPABILITIES = "io.modelcontextprotocol/clientCapabilities"
SUPPORTED = ["2026-07-28", "2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"]


async def test_discover_tells_versions_capabilities_and_instructions(endpoint):
    status, body = await endpoint.modern("server/discover", ident="d")
    assert (status, body["id"]) == (200, "d")
    assert body["result"] == {
        "resultType": "complete",
        "supportedVersions": SUPPORTED,
        "capabilities": {"tools": {}},
        "instructions": endpoint.server.instructions,
        "ttlMs": 3_600_000,
        "cacheScope": "public",
        "_meta": {
            "io.modelcontextprotocol/serverInfo": {"name": "mailconnect", "title": "mailconnect", "version": "1.2.3"}
        },
    }


@pytest.mark.row("MC-34")
async def test_only_what_is_the_same_for_everybody_may_be_shared(endpoint):
    discovered = (await endpoint.modern("server/discover"))[1]["result"]
    assert (discovered["cacheScope"], discovered["ttlMs"]) == ("public", 3_600_000)
    listed = (await endpoint.modern("tools/list"))[1]["result"]
    assert (listed["cacheScope"], listed["ttlMs"]) == ("private", 60_000)
    _, body = await endpoint.modern("tools/call", name="list_mailboxes")
    assert {"ttlMs", "cacheScope"}.isdisjoint(body["result"])


async def test_results_say_that_they_are_complete_and_whose_they_are(endpoint):
    _, body = await endpoint.modern("tools/call", name="list_mailboxes", arguments={})
    assert body["result"]["resultType"] == "complete"
    assert body["result"]["_meta"]["io.modelcontextprotocol/serverInfo"]["name"] == "mailconnect"


@pytest.mark.parametrize(
    "meta",
    [
        None,
        [],
        "x",
        {},
        {VERSION: "2026-07-28"},
        {CAPABILITIES: {}},
        {VERSION: "2026-07-28", CAPABILITIES: []},
        {VERSION: "2026-07-28", CAPABILITIES: None},
    ],
    ids=str,
)
async def test_metadata_that_is_missing_or_misshapen_is_400_and_32602(endpoint, meta):
    status, body = await endpoint.modern("tools/list", _meta=meta, ident=104)
    assert (status, body["error"]["code"], body["id"]) == (400, -32602, 104)


async def test_the_client_need_not_name_itself(endpoint):
    assert (await endpoint.modern("server/discover"))[0] == 200


@pytest.mark.row("MC-18")
async def test_an_unsupported_version_is_told_what_is_supported(endpoint):
    meta = {VERSION: "v999.0.0", CAPABILITIES: {}}
    status, body = await endpoint.modern(
        "server/discover", _meta=meta, headers={"mcp-protocol-version": "v999.0.0"}, ident=301
    )
    assert (status, body["id"]) == (400, 301)
    assert body["error"]["code"] == -32022
    assert body["error"]["data"] == {"supported": SUPPORTED, "requested": "v999.0.0"}


@pytest.mark.row("MC-17")
@pytest.mark.parametrize("declared", [5, None, [], {"a": 1}, "v999"])
async def test_a_version_that_differs_from_the_header_is_a_mismatch(endpoint, declared):
    status, body = await endpoint.modern("server/discover", _meta={VERSION: declared, CAPABILITIES: {}})
    assert (status, body["error"]["code"]) == (400, -32020)


@pytest.mark.row("MC-15")
@pytest.mark.parametrize(
    "method",
    [
        "initialize",
        "ping",
        "logging/setLevel",
        "resources/subscribe",
        "resources/unsubscribe",
        "subscriptions/listen",
        "resources/list",
        "prompts/list",
        "tasks/get",
        "unknown/method",
        "tools/List",
        "Server/Discover",
    ],
)
async def test_an_unknown_or_removed_method_is_404_and_32601(endpoint, method):
    status, body = await endpoint.modern(method, ident=500)
    assert (status, body["error"]["code"], body["id"]) == (404, -32601, 500)


@pytest.mark.parametrize("name", ["", "nope", "Get_session", "get_session ", "__class__"])
async def test_an_unknown_tool_is_32602(endpoint, name):
    encoded = {"mcp-name": "=?base64?Z2V0X3Nlc3Npb24g?="} if name == "get_session " else {}
    status, body = await endpoint.modern("tools/call", name=name, headers=encoded)
    assert (status, body["error"]["code"]) == (400, -32602)


@pytest.mark.parametrize("params", [{}, {"name": None}, {"name": "get_session", "arguments": "x"}])
async def test_a_malformed_call_is_32602(endpoint, params):
    status, body = await endpoint.modern("tools/call", **params)
    assert (status, body["error"]["code"]) == (400, -32602)


async def test_a_cursor_that_was_never_given_is_32602(endpoint):
    status, body = await endpoint.modern("tools/list", cursor="abc")
    assert (status, body["error"]["code"]) == (400, -32602)


@pytest.mark.parametrize("nothing", [[], {}, None])
async def test_no_arguments_are_written_in_three_ways(endpoint, nothing):
    _, body = await endpoint.modern("tools/call", name="list_mailboxes", arguments=nothing)
    assert not body["result"]["isError"]
