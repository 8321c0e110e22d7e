"""Real clients' deviations from the specifications: each habit is a row of docs/clients.md.

A row's number is the one there, and its source is the public report of the habit. Each of these failed before the row
was made. A row says what is taken; what stays refused beside it is in the same test, or in docs/attacks.md.
"""

import importlib.util
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from mailconnect.sandbox.accounts import ALICE
from tests.bridge import Bridge, running_bridge
from tests.endpoints.wire import ALL_SCOPES, VERIFIER, Client, Window, Wire, answered

pytestmark = pytest.mark.anyio

ELSEWHERE = "https://chat.example"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture
async def client(bridge: Bridge) -> Client:
    return await Wire(bridge).register()


async def call(
    wire: Wire, token: str | None, message: Any, headers: Mapping[str, str] | None = None, path: str = "/mcp"
) -> httpx.Response:
    sent = {"Accept": "application/json, text/event-stream"} | dict(headers or {})
    if token is not None:
        sent["Authorization"] = f"Bearer {token}"
    return await wire("POST", path, json=message, headers=sent)


def request(method: str, ident: Any = 1, **params: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": ident, "method": method, "params": params}


def is_granted(answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text
    tokens: dict[str, Any] = answer.json()
    return tokens


async def test_row_01_the_resource_and_unknown_parameters_come_twice(client: Client) -> None:
    """Codex with `oauth_resource`: openai/codex issues 34467, 28830."""
    resource = f"{client.wire.issuer}/mcp"
    query = f"{client.query(resource=resource)}&resource={quote(resource)}&audience=a&audience=b"
    answer = await Window(client.wire).connect(query)
    twice = {"resource": [resource, resource], "audience": ["a", "b"]}
    tokens = is_granted(await client.redeem(answered(answer)["code"], **twice))
    assert is_granted(await client.refresh(tokens["refresh_token"], **twice))


@pytest.mark.parametrize("added", ["?utm_source=x", "?", "/?a=b"])
async def test_row_02_the_resource_is_the_address_as_a_person_typed_it(client: Client, added: str) -> None:
    """vercel/ai issue 13988, anthropics/claude-code issue 52871; VS Code with a query: contextstream/mcp-server 57."""
    resource = f"{client.wire.issuer}/mcp{added}"
    code = answered(await Window(client.wire).connect(client.query(resource=resource)))["code"]
    tokens = is_granted(await client.redeem(code, resource=resource))
    token = is_granted(await client.refresh(tokens["refresh_token"], resource=resource))["access_token"]
    assert (await call(client.wire, token, request("tools/list"), path="/mcp?utm_source=x")).status_code == 200


NEEDS_PORTS = pytest.mark.skipif(
    importlib.util.find_spec("mailconnect.mcp.arguments") is None,
    reason="the tools read their arguments leniently from branch `ports` on",
)


@NEEDS_PORTS
async def test_row_03_a_client_adds_members_of_its_own_to_a_tools_arguments(client: Client) -> None:
    """n8n: n8n-io/n8n issues 21500, 21716, 37308; makenotion/notion-mcp-server issue 146."""
    token = (await client.tokens())["access_token"]
    added = {"toolCallId": "call_1", "sessionId": "x", "random_string": "", "_meta": {}}
    answer = await call(client.wire, token, request("tools/call", name="list_mailboxes", arguments=added))
    result = answer.json()["result"]
    assert not result.get("isError")
    text = " ".join(content["text"] for content in result["content"])
    assert text.count("toolCallId") == text.count("sessionId") == 1


@NEEDS_PORTS
@pytest.mark.parametrize("blank", ["", []])
async def test_row_04_a_client_fills_what_is_optional_with_nothing(client: Client, blank: Any) -> None:
    """OpenAI's strict schemas have every member be there; QwenLM/qwen-code issue 5322."""
    token = (await client.tokens())["access_token"]
    arguments = {"accountId": blank}
    answer = await call(client.wire, token, request("tools/call", name="list_mailboxes", arguments=arguments))
    assert not answer.json()["result"].get("isError")


async def test_row_05_an_empty_map_is_an_empty_array(client: Client) -> None:
    """PHP: modelcontextprotocol/php-sdk issue 284, elgorro/aiquila issue 442."""
    token = (await client.tokens())["access_token"]
    listed = await call(client.wire, token, request("tools/list") | {"params": []})
    assert listed.json()["result"]["tools"]
    called = await call(client.wire, token, request("tools/call", name="list_mailboxes", arguments=[]))
    assert called.json()["result"]["structuredContent"]["mailboxes"]


@pytest.mark.parametrize("more", ["", " openid profile email offline_access", "  ", " offline_access  "])
async def test_row_06_a_refresh_repeats_the_configured_scope_although_less_was_granted(
    client: Client, more: str
) -> None:
    """punkpeye/mcp-remote pull request 357, directus/directus pull request 27071; the OIDC scopes: MCP's SEP-2207."""
    tokens = await client.tokens(scope=f"session:read{more}")
    refreshed = is_granted(await client.refresh(tokens["refresh_token"], scope=f"{ALL_SCOPES}{more}"))
    assert refreshed["scope"] == "session:read"


async def test_row_07_a_client_is_a_page_of_another_origin(tmp_path: Path) -> None:
    """mosamlife/wpmgr pull request 628, hauptsacheNet/typo3-mcp-server issue 115, envoyproxy/ai-gateway pull 2307."""
    async with running_bridge(tmp_path, environment={"MAILCONNECT_ISSUER": "https://mail.example.com"}) as bridge:
        wire = Wire(bridge)
        asks = {"Origin": ELSEWHERE, "Access-Control-Request-Method": "POST"}
        preflight = await wire("OPTIONS", "/mcp", headers=asks)
        assert preflight.status_code == 204
        assert preflight.headers["access-control-allow-origin"] == "*"
        assert "POST" in preflight.headers["access-control-allow-methods"]
        allowed = preflight.headers["access-control-allow-headers"].lower().split(", ")
        assert {"authorization", "mcp-protocol-version", "mcp-method", "mcp-name", "mcp-session-id", "*"} <= {*allowed}
        answers = [
            await call(wire, None, request("initialize"), {"Origin": ELSEWHERE}),
            await call(wire, "x", request("initialize"), {"Origin": ELSEWHERE}),
            await wire("DELETE", "/mcp", headers={"Origin": ELSEWHERE, "Authorization": "Bearer x"}),
            await wire("PUT", "/mcp", headers={"Origin": ELSEWHERE}),
            await wire("POST", "/token", content=b"x" * 40_000, headers={"Origin": ELSEWHERE} | FORM),
            await call(wire, None, request("initialize"), {"Origin": ELSEWHERE}, "/mcp/"),
        ]
        for answer in answers:
            assert answer.headers["access-control-allow-origin"] == "*", answer.status_code
            exposed = answer.headers["access-control-expose-headers"].split(", ")
            assert {*exposed} == {"WWW-Authenticate", "Retry-After", "MCP-Protocol-Version"}
            assert "access-control-allow-credentials" not in answer.headers
        assert [answer.status_code for answer in answers] == [401, 401, 405, 405, 413, 308]


@pytest.mark.parametrize("registered", ["client_secret_basic", "client_secret_post"])
async def test_row_08_a_client_sends_its_secret_the_other_way(bridge: Bridge, registered: str) -> None:
    """openai/codex issue 40928, mark3labs/mcp-go pull request 803."""
    client = await Wire(bridge).register(token_endpoint_auth_method=registered)
    form = {"grant_type": "authorization_code", "code": await client.code(), "code_verifier": VERIFIER}
    form |= {"redirect_uri": client.redirect_uri, "client_id": client.id}
    if registered == "client_secret_basic":
        answer = await client.wire("POST", "/token", data=form | {"client_secret": client.secret})
    else:
        answer = await client.wire("POST", "/token", data=form, headers=client.basic())
    tokens = is_granted(answer)
    again = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"], "client_id": client.id}
    assert (await client.wire("POST", "/token", data=again)).status_code == 401
    both = await client.wire("POST", "/token", data=again | {"client_secret": client.secret}, headers=client.basic())
    assert both.json()["error"] == "invalid_request"


async def test_row_09_a_client_names_no_redirect_uri_for_its_code(client: Client) -> None:
    """OAuth 2.1 §10.2: modelcontextprotocol/typescript-sdk pull 222, cloudflare/workers-oauth-provider pull 4."""
    code = await client.code()
    assert (await client.redeem(code, redirect_uri=f"{client.redirect_uri}/x")).json()["error"] == "invalid_grant"
    assert is_granted(await client.redeem(code, redirect_uri=None))


async def test_row_10_a_client_looks_whether_it_is_still_registered(client: Client) -> None:
    """mcp-remote 0.15.1, preflightCachedDynamicClientRegistration; punkpeye/mcp-remote issue 36."""
    query = client.query(client_id="mcp_gone")
    answer = await client.wire("GET", f"/authorize?{query}", headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_client")
    for accept in ("text/html,application/xhtml+xml,application/json;q=0.9", "*/*"):
        shown = await client.wire("GET", f"/authorize?{query}", headers={"Accept": accept})
        assert shown.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize("revision", [None, "2024-11-05", "2025-03-26", "2025-06-18"])
async def test_row_11_a_client_without_step_up_is_told_in_words_what_was_not_allowed(
    client: Client, revision: str | None
) -> None:
    """anthropics/claude-code issues 92518, 68720."""
    token = (await client.tokens(scope="session:read"))["access_token"]
    headers = {} if revision is None else {"MCP-Protocol-Version": revision}
    answer = await call(client.wire, token, request("tools/call", name="list_mailboxes", arguments={}), headers)
    assert answer.status_code == 200
    result = answer.json()["result"]
    assert result["isError"] is True
    [content] = result["content"]
    assert "See the list of your folders" in content["text"]
    assert f"{client.wire.issuer}/account" in content["text"]
    newer = await call(
        client.wire,
        token,
        request("tools/call", name="list_mailboxes", arguments={}),
        {"MCP-Protocol-Version": "2025-11-25"},
    )
    assert newer.status_code == 403
    assert 'error="insufficient_scope"' in newer.headers["www-authenticate"]


@pytest.mark.parametrize("grant_types", [["authorization_code"], [], None])
async def test_row_12_a_client_registers_for_codes_alone_and_its_person_is_not_asked_hourly(
    bridge: Bridge, grant_types: list[str] | None
) -> None:
    """astashov/liftosaur issue 560, buildinternet/uploads issue 911; RFC 7591 §3.2.1."""
    wire = Wire(bridge)
    document = {"redirect_uris": ["https://app.example/cb"], "token_endpoint_auth_method": "none"}
    answer = await wire(
        "POST", "/register", json=document | ({} if grant_types is None else {"grant_types": grant_types})
    )
    assert answer.json()["grant_types"] == ["authorization_code", "refresh_token"]
    client = Client(wire, answer.json()["client_id"], None, "https://app.example/cb")
    assert is_granted(await client.refresh((await client.tokens())["refresh_token"]))


async def test_row_13_a_state_holds_all_that_a_client_needs_on_the_way_back(client: Client) -> None:
    """ChatGPT's relay: activepieces/activepieces pull request 15023; oauth-wg/oauth-v2-1 issue 254."""
    state = "openai_platform_oauth_relay__" + "e" * 4000
    answer = answered(await Window(client.wire).connect(client.query(state=state)))
    assert answer["state"] == state


async def test_row_13_numbers_and_members_are_written_as_a_language_writes_them(client: Client) -> None:
    """Godot writes 1.0: yurineko73/Godot-MCP-Native pull 16. Empty members: libraries that write every member."""
    token = (await client.tokens())["access_token"]
    answer = await call(client.wire, token, request("ping", 1.0))
    assert (answer.status_code, answer.json()) == (200, {"jsonrpc": "2.0", "id": 1, "result": {}})
    assert ": 1.0" not in answer.text
    assert (await call(client.wire, token, request("ping", 1.5))).status_code == 400
    listed = await call(client.wire, token, request("tools/list", cursor=""), {"MCP-Protocol-Version": ""})
    assert listed.json()["result"]["tools"]
    blank = dict.fromkeys(("client_uri", "logo_uri", "tos_uri", "policy_uri", "jwks_uri", "client_name"), "")
    assert await client.wire.register(**blank, response_types=[])


async def test_row_13_the_host_names_the_default_port(tmp_path: Path) -> None:
    """Go's and .NET's clients behind a proxy that rewrites Host (RFC 9110 §4.2.1: the same place)."""
    async with running_bridge(tmp_path, environment={"MAILCONNECT_ISSUER": "https://mail.example.com"}) as bridge:
        for host, status in (
            ("mail.example.com:443", 401),
            ("mail.example.com:80", 421),
            ("mail.example.com:8443", 421),
        ):
            assert (await call(Wire(bridge), None, request("ping"), {"Host": host})).status_code == status


@pytest.mark.parametrize("scheme", ["vscodium", "kiro", "trae", "goose", "jetbrains", "workbuddy"])
async def test_row_14_an_app_has_a_scheme_that_nobody_listed(bridge: Bridge, scheme: str) -> None:
    """liketrek/TREK issue 2227, paradigmxyz/centaur pull request 1452, mindset-ai/memex-ai pull request 146."""
    uri = f"{scheme}://mcp/oauth/callback"
    client = await Wire(bridge).register(redirect_uris=["javascript:alert(1)", uri, "ms-msdt://x"])
    assert client.redirect_uri == uri
    assert answered(await Window(client.wire).connect(client.query()))["code"]


async def test_row_15_a_client_looks_at_the_endpoint_before_it_calls(client: Client) -> None:
    """brendanlong/lion-reader pull request 736, BerriAI/litellm pull request 27847."""
    token = (await client.tokens())["access_token"]
    for method in ("GET", "HEAD"):
        for accept in ("text/event-stream", "*/*", "text/html"):
            answer = await client.wire(method, "/mcp", headers={"Accept": accept})
            assert answer.status_code == 401
            assert 'resource_metadata="' in answer.headers["www-authenticate"]
        answer = await client.wire(method, "/mcp", headers={"Authorization": f"Bearer {token}"})
        assert (answer.status_code, answer.headers["allow"]) == (405, "OPTIONS, POST")


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
async def test_row_15_a_closing_slash_leads_on_with_method_and_body(client: Client, method: str) -> None:
    """OpenLiberty/open-liberty pull request 32989."""
    answer = await client.wire(method, "/mcp/?a=b", content=b"{}")
    assert (answer.status_code, answer.headers["location"]) == (308, f"{client.wire.issuer}/mcp?a=b")
    assert (await client.wire("POST", "/", json={})).status_code in (404, 405)


async def test_row_16_a_client_of_the_oldest_revision_is_answered_in_kind(client: Client) -> None:
    """OpenDigitalProductFactory/opendigitalproductfactory pull request 705, jonnyzzz/mcp-steroid issue 482."""
    token, revision = (await client.tokens())["access_token"], "2024-11-05"
    hello = {"protocolVersion": revision, "capabilities": {}, "clientInfo": {"name": "x", "version": "1"}}
    answer = await call(client.wire, token, request("initialize", **hello))
    assert answer.json()["result"]["protocolVersion"] == revision
    headers = {"MCP-Protocol-Version": revision}
    called = await call(client.wire, token, request("tools/call", name="list_mailboxes", arguments={}), headers)
    assert len(called.json()["result"]["structuredContent"]["mailboxes"]) == len(ALICE.primary.mailboxes)
    assert "Inbox" in called.json()["result"]["content"][0]["text"]


async def test_row_17_a_hosted_assistant_registers_for_many_people_from_one_address(bridge: Bridge) -> None:
    """jagduvi1/Cellarion pull request 785, anthropics/claude-ai-mcp issue 413, MicrosoftDocs/mcp issue 152."""
    wire = Wire(bridge, "198.51.100.7")

    async def registered(uri: str) -> int:
        document = {"redirect_uris": [uri], "token_endpoint_auth_method": "none"}
        return (await wire("POST", "/register", json=document)).status_code

    assert [await registered("https://poke.com/api/v1/mcp/callback") for _ in range(100)] == [201] * 100
    for other in ("https://app.example/cb", "https://poke.com.evil.example/cb", "http://localhost:1/cb"):
        assert await registered(other) == 429
    assert await registered("https://claude.ai/api/mcp/auth_callback") == 201


@pytest.mark.parametrize("seconds", [76, 299])
async def test_row_18_sessions_refresh_minutes_apart_from_copies_of_their_own(client: Client, seconds: int) -> None:
    """anthropics/claude-code issues 85236, 74250; bursts of 33 to 76 seconds: comet-ml/opik pull request 8286."""
    tokens = await client.tokens()
    first = is_granted(await client.refresh(tokens["refresh_token"]))
    client.wire.bridge.clock.now += seconds
    late = is_granted(await client.refresh(tokens["refresh_token"]))
    assert late["refresh_token"] == first["refresh_token"]
    for token in (first["access_token"], late["access_token"]):
        assert (await call(client.wire, token, request("ping"))).status_code == 200


async def test_row_18_the_same_refresh_with_and_without_the_full_scope_is_one(client: Client) -> None:
    """anthropics/claude-code issues 85236, 74250, 91641."""
    tokens = await client.tokens()
    first = is_granted(await client.refresh(tokens["refresh_token"]))
    for scope in (ALL_SCOPES, f"{ALL_SCOPES} offline_access"):
        again = is_granted(await client.refresh(tokens["refresh_token"], scope=scope))
        assert again["refresh_token"] == first["refresh_token"]
