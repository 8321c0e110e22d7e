"""Access to `POST /mcp`: rows MC-01 to MC-11, MC-22, MC-30, MC-33, MC-34. Its responses are tested in tests/mcp."""

import asyncio
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from mailconnect.composition.edge import application
from mailconnect.composition.mailboxes import storing
from mailconnect.composition.mcp import mcp_routes
from mailconnect.grants.provider_refresh.refreshed import Refreshed
from mailconnect.grants.retirement import Reason, retire
from tests.bridge import running_bridge
from tests.endpoints.wire import ALL_SCOPES, API_TOKEN, Client, Wire

pytestmark = pytest.mark.anyio

MESSAGE = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}


def challenge(answer: httpx.Response) -> dict[str, str]:
    """The parameters of the one challenge (RFC 6750 §3)."""
    [header] = answer.headers.get_list("www-authenticate")
    assert header.startswith("Bearer ")
    fields = re.findall(r'(\w+)="([^"\\]*)"(?:, |$)', header[7:])
    assert ", ".join(f'{name}="{value}"' for name, value in fields) == header[7:]
    assert len(dict(fields)) == len(fields)
    return dict(fields)


def refused(answer: httpx.Response, status: int, error: str) -> bool:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json()["error"] == error
    assert "result" not in answer.json()
    fields = challenge(answer)
    assert fields["error"] == error
    assert fields["resource_metadata"] == "http://127.0.0.1:8787/.well-known/oauth-protected-resource/mcp"
    return True


async def post(wire: Wire, *authorization: str | bytes, path: str = "/mcp", **options: Any) -> httpx.Response:
    headers = [("Authorization", value) for value in authorization] + list(options.pop("headers", {}).items())
    return await wire("POST", path, headers=headers, **({"json": MESSAGE} | options))


@pytest.mark.row("MC-01")
async def test_without_credentials_the_challenge_says_where_to_get_them(wire: Wire) -> None:
    for authorization in ([], ["Basic YTpi"], ["Basic"], ["Digest x"], ["Bearer"], [""], ["x"]):
        answer = await post(wire, *authorization)
        assert answer.status_code == 401
        assert answer.headers["cache-control"] == "no-store"
        fields = challenge(answer)
        if authorization != ["Bearer"]:
            assert fields == {
                "scope": ALL_SCOPES,
                "resource_metadata": "http://127.0.0.1:8787/.well-known/oauth-protected-resource/mcp",
            }
        document = (await wire("GET", fields["resource_metadata"].removeprefix(wire.issuer))).json()
        assert document["resource"] == f"{wire.issuer}/mcp"


@pytest.mark.row("MC-02")
async def test_a_token_that_is_not_live_is_invalid(client: Client) -> None:
    wire = client.wire
    tokens = await client.tokens()
    live = tokens["access_token"]
    for token in ("x", "mca_", live[:-1], f"{live}0", live[:-1] + ("0" if live[-1] != "0" else "1"), live.swapcase()):
        assert refused(await wire.mcp(token), 401, "invalid_token")
    for token in ("mca_" + "0" * 65, "mca_" + "z" * 65, "mca_" + "é" * 65, tokens["refresh_token"], API_TOKEN):
        assert refused(await post(wire, b"Bearer " + token.encode()), 401, "invalid_token")
    assert (await wire.mcp(live)).status_code == 200
    wire.bridge.clock.now += 3602
    assert refused(await wire.mcp(live), 401, "invalid_token")


@pytest.mark.row("MC-02", "F-37")
async def test_a_refused_call_has_the_tokens_stored_that_its_process_alone_knows(client: Client) -> None:
    """No other call may come to that process: the owner has disconnected."""
    tokens = await client.tokens()
    adapters = client.wire.bridge.adapters
    grants, of_process = adapters.stores.grants, storing(adapters)
    [(grant_id,)] = client.wire.bridge.database.read("SELECT id FROM grants", ())
    grant = await grants.get(grant_id)
    assert grant is not None
    newer = Refreshed(props=b"newer", props_version=grant.props_version + 1, refreshed_by="x")
    of_process.in_hand[grant_id] = newer
    assert await grants.update(grant_id, retire(Reason.OWNER_DISCONNECTED, adapters.stores.clock()))
    app = application(mcp_routes(adapters, of_process=of_process), adapters.stores.settings)
    assert refused(await Wire(replace(client.wire.bridge, app=app)).mcp(tokens["access_token"]), 401, "invalid_token")
    assert not of_process.in_hand
    ended = await grants.get(grant_id)
    assert ended is not None
    assert ended.props == b"newer"


@pytest.mark.row("MC-02")
async def test_for_what_is_no_token_the_body_is_not_even_read(client: Client) -> None:
    for content in (b"", b"\xff", b"[" * 200_000, b"x" * 1_000_000):
        assert refused(await post(client.wire, "Bearer x", json=None, content=content), 401, "invalid_token")


@pytest.mark.row("MC-03")
async def test_a_token_for_another_resource_or_provider_is_invalid(client: Client) -> None:
    token = (await client.tokens())["access_token"]
    for column, value in (
        ("resource", "https://staging.example/mcp"),
        ("resource", f"{client.wire.issuer}/mcp/"),
        ("provider", "https://api.fastmail.com"),
    ):
        [(right,)] = client.wire.bridge.database.read(f"SELECT {column} FROM grants", ())
        await client.wire.bridge.database.write(f"UPDATE grants SET {column} = ?", (value,))
        assert refused(await client.wire.mcp(token), 401, "invalid_token")
        await client.wire.bridge.database.write(f"UPDATE grants SET {column} = ?", (right,))
    assert (await client.wire.mcp(token)).status_code == 200


@pytest.mark.row("MC-03")
async def test_a_token_of_another_deployment_is_invalid(client: Client, tmp_path: Path) -> None:
    token = (await client.tokens())["access_token"]
    (tmp_path / "other").mkdir()
    async with running_bridge(tmp_path / "other") as other:
        assert refused(await Wire(other).mcp(token), 401, "invalid_token")


@pytest.mark.row("MC-05")
async def test_a_token_is_in_the_header_alone(client: Client) -> None:
    token = (await client.tokens())["access_token"]
    assert "error" not in challenge(await post(client.wire, path=f"/mcp?access_token={token}"))
    form = await client.wire("POST", "/mcp", data={"access_token": token})
    assert form.status_code == 401
    assert "error" not in challenge(form)
    both = await post(client.wire, f"Bearer {token}", path=f"/mcp?access_token={token}")
    assert refused(both, 400, "invalid_request")


@pytest.mark.row("MC-06")
async def test_the_bearer_scheme_is_case_insensitive(client: Client) -> None:
    token = (await client.tokens())["access_token"]
    for header in (f"bearer {token}", f"BEARER {token}", f"Bearer  {token}", f"Bearer {token} "):
        assert (await post(client.wire, header)).status_code == 200


@pytest.mark.row("MC-06")
async def test_there_is_one_authorization_header_with_one_token(client: Client) -> None:
    wire, token = client.wire, (await client.tokens())["access_token"]
    for headers in (
        [f"Bearer {token}", f"Bearer {token}"],
        [f"Bearer {token}", "Basic YTpi"],
        [f"Bearer {token}, Bearer {token}"],
        [f"Bearer {token},"],
    ):
        assert refused(await post(wire, *headers), 400, "invalid_request")
    for header in (f"Bearer\t{token}", f"Bearer{token}", f"Bearer:{token}", token):
        assert (await post(wire, header)).status_code == 401
    assert refused(await post(wire, f"Bearer {token} {token}"), 401, "invalid_token")
    assert refused(await post(wire, "Bearer " + "a" * 10_240), 401, "invalid_token")


@pytest.mark.row("MC-07")
async def test_a_scope_too_small_is_said_with_all_that_is_needed(client: Client) -> None:
    tokens = await client.tokens(scope="session:read")
    answer = await client.wire.mcp(tokens["access_token"], "tools/call", name="list_mailboxes")
    assert refused(answer, 403, "insufficient_scope")
    assert "mailboxes:read" in challenge(answer)["scope"].split()
    assert (await client.wire.mcp(tokens["access_token"], "tools/call", name="get_session")).status_code == 200
    listed = await client.wire.mcp(tokens["access_token"])
    assert {tool["name"] for tool in listed.json()["result"]["tools"]} == {"get_session", "request_access"}


@pytest.mark.row("MC-09")
async def test_on_one_machine_a_website_is_refused(client: Client) -> None:
    token = (await client.tokens())["access_token"]
    for origin in ("https://evil.example", "http://localhost.evil.example", "", "http://127.0.0.1:8787/", "file://"):
        for authorization in ([], [f"Bearer {token}"]):
            answer = await post(client.wire, *authorization, headers={"Origin": origin})
            assert answer.status_code == 403
            assert answer.json() == {"error": "forbidden_origin"}
        assert (await client.wire("OPTIONS", "/mcp", headers={"Origin": origin})).status_code == 403
    for origin in (client.wire.issuer, "http://localhost:6274", "http://[::1]:3000", "https://app.localhost"):
        assert (await post(client.wire, headers={"Origin": origin})).status_code == 401
        assert (await post(client.wire, f"Bearer {token}", headers={"Origin": origin})).status_code == 200
    assert (await post(client.wire, f"Bearer {token}")).status_code == 200


@pytest.mark.row("MC-09")
@pytest.mark.parametrize("origin", ["null", "chrome-extension://abc", "moz-extension://abc", "tauri://localhost"])
async def test_on_one_machine_an_app_or_an_extension_needs_a_token(client: Client, origin: str) -> None:
    token = (await client.tokens())["access_token"]
    for authorization in ([], ["Bearer"], ["Bearer "], ["Basic eDp5"]):
        assert (await post(client.wire, *authorization, headers={"Origin": origin})).status_code == 403
    assert (await client.wire("OPTIONS", "/mcp", headers={"Origin": origin})).status_code == 204
    assert (await post(client.wire, f"Bearer {token}", headers={"Origin": origin})).status_code == 200
    assert refused(await post(client.wire, "Bearer x", headers={"Origin": origin}), 401, "invalid_token")


@pytest.mark.row("MC-09")
async def test_the_operator_names_the_pages_that_may_call(tmp_path: Path) -> None:
    environment = {"MAILCONNECT_ISSUER": "https://mail.example.com"}
    for allowed, open_to in (("", True), ("*", True), ("https://app.example", False)):
        async with running_bridge(
            tmp_path / (allowed[-3:] or "none"), environment=environment | {"MAILCONNECT_ALLOWED_ORIGINS": allowed}
        ) as bridge:
            wire = Wire(bridge)
            for origin, may in (("https://app.example", True), (wire.issuer, True), ("https://evil.example", open_to)):
                answer = await post(wire, headers={"Origin": origin})
                assert answer.status_code == (401 if may else 403), (allowed, origin)


@pytest.mark.row("MC-10")
async def test_another_host_is_not_us(client: Client) -> None:
    token = (await client.tokens())["access_token"]
    for host in ("evil.example", "localhost:8787", "127.0.0.1", "127.0.0.1:80", "127.0.0.1:8787@evil.example", ""):
        for authorization in ([], [f"Bearer {token}"]):
            assert (await post(client.wire, *authorization, headers={"Host": host})).status_code == 421


@pytest.mark.row("MC-11")
async def test_there_is_neither_a_stream_nor_a_session(client: Client) -> None:
    token = (await client.tokens())["access_token"]
    headers = {"Authorization": f"Bearer {token}", "Accept": "text/event-stream", "Mcp-Session-Id": "x"}
    for method in ("GET", "HEAD", "DELETE", "PUT", "PATCH", "TRACE"):
        answer = await client.wire(method, "/mcp", headers=headers)
        assert answer.status_code == 405
        assert "POST" in answer.headers["allow"]
    answer = await post(client.wire, f"Bearer {token}", headers={"Mcp-Session-Id": "x"})
    assert answer.status_code == 200
    assert "mcp-session-id" not in answer.headers


@pytest.mark.row("MC-22")
async def test_each_gets_only_what_is_theirs_however_many_ask_at_once(client: Client) -> None:
    """One process, one JSON-RPC id, two people: a thousand calls, interleaved wherever they wait."""
    whose = {}
    for name in ("alice", "bob"):
        tokens = (await client.redeem(await client.code(f"fmu1-sandbox-{name}-readonly"))).json()
        whose[tokens["access_token"]] = f"{name}@sandbox.test"

    async def call(token: str) -> str:
        answer = await client.wire.mcp(token, "tools/call", name="get_session")
        username: str = answer.json()["result"]["structuredContent"]["username"]
        return username

    for _ in range(10):
        asked = [*whose] * 50
        assert await asyncio.gather(*map(call, asked)) == [whose[token] for token in asked]
        client.wire.bridge.clock.now += 60  # no more than sixty a minute for each


@pytest.mark.row("MC-30")
async def test_a_grant_that_ends_during_a_call_serves_no_other(client: Client) -> None:
    bridge = client.wire.bridge
    tokens = await client.tokens()
    asked, go_on = asyncio.Event(), asyncio.Event()

    async def hold(_: httpx.Request) -> None:
        asked.set()
        await go_on.wait()

    bridge.to_provider.event_hooks = {"request": [hold]}
    call = asyncio.create_task(client.wire.mcp(tokens["access_token"], "tools/call", name="list_mailboxes"))
    await asked.wait()
    await client.revoke(tokens["refresh_token"])
    assert refused(await client.wire.mcp(tokens["access_token"]), 401, "invalid_token")
    go_on.set()
    assert (await call).status_code == 200
    assert refused(await client.wire.mcp(tokens["access_token"]), 401, "invalid_token")


@pytest.mark.row("ST-02")
@pytest.mark.parametrize("sealed", ["props", "session_facts", "access_wrap"])
async def test_where_something_sealed_does_not_open_the_token_is_worth_nothing(
    client: Client, sealed: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "mailconnect.audit")
    bridge, token = client.wire.bridge, (await client.tokens())["access_token"]
    await bridge.database.write(f"UPDATE grants SET {sealed} = ?", (b"\x01" + bytes(60),))
    one = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "list_mailboxes"}}
    for message in (one, [one, one]):
        assert refused(await post(client.wire, f"Bearer {token}", json=message), 401, "invalid_token")
    assert caplog.text.count('"reason": "sealed_tag"') == 2
    assert bridge.sandbox.counters.requests["jmap"] == 0


@pytest.mark.row("MC-33")
async def test_a_cookie_is_nothing(client: Client) -> None:
    token = (await client.tokens())["access_token"]
    for cookie in (f"access_token={token}", f"mailconnect-consent={token}", f"Authorization=Bearer {token}"):
        answer = await post(client.wire, headers={"Cookie": cookie})
        assert answer.status_code == 401
        assert "set-cookie" not in answer.headers


@pytest.mark.row("MC-34")
async def test_no_answer_is_kept(client: Client) -> None:
    token = (await client.tokens())["access_token"]
    notification = {"jsonrpc": "2.0", "method": "notifications/initialized"}
    for options, status in (
        ({}, 200),
        ({"json": MESSAGE | {"method": "unknown"}}, 200),
        ({"json": MESSAGE | {"method": "tools/call", "params": {"name": "list_mailboxes"}}}, 200),
        ({"json": notification}, 202),
        ({"json": []}, 400),
        ({"json": None, "content": b"x" * 262_145}, 413),
        ({"json": None, "content": b"{"}, 400),
    ):
        answer = await post(client.wire, f"Bearer {token}", **options)
        assert (answer.status_code, answer.headers["cache-control"]) == (status, "no-store")


@pytest.mark.row("MC-34")
async def test_one_persons_results_are_not_called_public(client: Client) -> None:
    token = (await client.tokens())["access_token"]
    meta = {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
        "io.modelcontextprotocol/clientInfo": {"name": "x", "version": "1"},
    }
    for method, params in (("tools/list", {}), ("tools/call", {"name": "list_mailboxes", "arguments": {}})):
        headers = {"MCP-Protocol-Version": "2026-07-28", "Mcp-Method": method, "Mcp-Name": "list_mailboxes"}
        message = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params | {"_meta": meta}}
        answer = await post(client.wire, f"Bearer {token}", headers=headers, json=message)
        assert answer.status_code == 200, answer.text
        # The list of tools depends on the grant, and a mailbox belongs to one owner.
        assert answer.json()["result"].get("cacheScope", "private") == "private"


async def test_a_use_is_noted_at_most_once_an_hour(client: Client) -> None:
    bridge = client.wire.bridge
    tokens = await client.tokens()
    start = bridge.clock()
    assert (await client.wire.mcp(tokens["access_token"])).status_code == 200  # the list of tools: no use of a mailbox
    assert bridge.database.read("SELECT last_used_at FROM grants", ()) == [(None,)]
    for age, noted in ((0, 0), (3599, 0), (3600, 3600), (3601, 3600)):
        bridge.clock.now = start + age
        call = await client.wire.mcp(tokens["access_token"], "tools/call", name="get_session")
        assert call.status_code == 200
        assert bridge.database.read("SELECT last_used_at FROM grants", ()) == [(start + noted,)]


@pytest.mark.row("ST-14")
@pytest.mark.parametrize(
    "written",
    [
        "scope = 'mailboxes:read session:read', access_scope = 'mailboxes:read session:read'",
        "access_expires_at = access_expires_at + 3600",
        "expires_at = expires_at + 31536000",
        "owner = 'somebody else'",
    ],
)
async def test_a_record_that_was_changed_by_hand_opens_no_mailbox(
    client: Client, caplog: pytest.LogCaptureFixture, written: str
) -> None:
    bridge = client.wire.bridge
    tokens = await client.tokens(scope="session:read")
    await bridge.database.write(f"UPDATE grants SET {written}", ())
    before = bridge.sandbox.counters.requests.total()
    caplog.set_level("INFO", "mailconnect.audit")
    answer = await client.wire.mcp(tokens["access_token"], "tools/call", name="get_session")
    assert answer.status_code == 401
    assert '"event": "seal_broken"' in caplog.text
    assert bridge.sandbox.counters.requests.total() == before
    if "access_" not in written:
        assert (await client.refresh(tokens["refresh_token"])).json()["error"] == "invalid_grant"
