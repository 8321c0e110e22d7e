"""Each assistant, by its own habits: registers, asks, redeems, calls, and refreshes as often as it likes."""

import json
from collections.abc import Mapping
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest

from mailconnect.client_documents.fetched import Fetched
from mailconnect.grants.lifetimes import EXPIRY_LEEWAY
from mailconnect.oauth.clients.id_url import DocumentUrl
from mailconnect.sandbox.accounts import ALICE
from mailconnect.version import VERSION
from tests.bridge import Bridge, running_bridge
from tests.endpoints.wire import CHALLENGE, VERIFIER, Client, Window, Wire, answered, goes_to
from tests.journeys.assistants import ASSISTANTS, MODERN, REFRESHING, Assistant
from tests.journeys.assistants import called as called_on_the_page

pytestmark = pytest.mark.anyio

URL = "https://assistant.example/oauth/client.json"
PUBLISHING = [assistant for assistant in ASSISTANTS if assistant.published is not None]
STATE = "c3RhdGU.-_~ /+%"


@pytest.mark.parametrize("assistant", ASSISTANTS, ids=lambda assistant: assistant.name)
async def test_an_assistant_connects_by_its_own_habits(bridge: Bridge, assistant: Assistant) -> None:
    wire = Wire(bridge)
    await discovers(wire)
    await connects(await registers(wire, assistant), assistant)


@pytest.mark.parametrize("assistant", PUBLISHING, ids=lambda assistant: assistant.name)
async def test_an_assistant_with_a_document_connects_without_registering(tmp_path: Path, assistant: Assistant) -> None:
    async def fetch(url: DocumentUrl) -> Fetched:
        assert url.url == URL
        return Fetched(json.dumps(assistant.published_at(URL)).encode(), (("cache-control", "max-age=60"),))

    async with running_bridge(tmp_path, fetch_document=fetch) as bridge:
        wire = Wire(bridge)
        await discovers(wire)
        client = Client(wire, URL, None, assistant.callback or assistant.redirect_uris[0])
        await connects(client, replace(assistant, authenticates="none"))


async def connects(client: Client, assistant: Assistant) -> None:
    wire, bridge = client.wire, client.wire.bridge
    answer = await asks(client, assistant)
    assert (answer["state"], answer["iss"]) == (STATE, wire.issuer)

    redemption = {"grant_type": "authorization_code", "code": answer["code"], "code_verifier": VERIFIER}
    tokens = granted(await requests(client, assistant, redemption | {"redirect_uri": client.redirect_uri}))
    await calls(wire, assistant, tokens["access_token"])

    bridge.clock.now += tokens["expires_in"] + EXPIRY_LEEWAY
    assert (await wire.mcp(tokens["access_token"])).status_code == 401
    refreshed = await refreshes(client, assistant, tokens["refresh_token"])
    for renewed in refreshed:
        await calls(wire, assistant, renewed["access_token"])
    assert await refreshes(client, assistant, refreshed[-1]["refresh_token"])


async def discovers(wire: Wire) -> None:
    """Every assistant requires this before it goes on."""
    challenge = (await wire("POST", "/mcp", json={})).headers["www-authenticate"]
    assert f'resource_metadata="{wire.issuer}/.well-known/oauth-protected-resource/mcp"' in challenge
    resource = (await wire("GET", "/.well-known/oauth-protected-resource/mcp")).json()
    assert (resource["resource"], resource["authorization_servers"]) == (f"{wire.issuer}/mcp", [wire.issuer])
    server = (await wire("GET", "/.well-known/oauth-authorization-server")).json()
    assert server["issuer"] == wire.issuer
    assert server["code_challenge_methods_supported"] == ["S256"]
    assert server["authorization_response_iss_parameter_supported"] is True
    assert "none" in server["token_endpoint_auth_methods_supported"]
    assert server["client_id_metadata_document_supported"] is True


async def registers(wire: Wire, assistant: Assistant) -> Client:
    answer = await wire("POST", "/register", json=assistant.document)
    assert answer.status_code == 201, answer.text
    given = answer.json()
    assert given["redirect_uris"] == list(assistant.redirect_uris)
    assert given["grant_types"] == list(REFRESHING)
    assert given["token_endpoint_auth_method"] == assistant.authenticates
    assert ("client_secret" in given) is (assistant.authenticates != "none")
    callback = assistant.callback or assistant.redirect_uris[0]
    return Client(wire, given["client_id"], given.get("client_secret"), callback)


async def asks(client: Client, assistant: Assistant) -> dict[str, str]:
    """The assistant's own look at the page takes nothing from the person's."""
    resource = None if assistant.resource == "never" else f"{client.wire.issuer}/mcp"
    query = client.query(state=STATE, scope=assistant.scope, resource=resource, **assistant.asks)
    for _ in range(assistant.looks):
        assert (await client.wire("GET", f"/authorize?{query}")).status_code == 200
    window = Window(client.wire)
    page = await window.send("GET", f"/authorize?{query}")
    assert called_on_the_page(assistant, client.redirect_uri) in unescape(page.text)
    answer = await window.connect(query)
    sent = goes_to(answer)
    assert sent.startswith(client.redirect_uri)
    assert CHALLENGE not in sent
    return answered(answer)


async def requests(client: Client, assistant: Assistant, form: Mapping[str, str]) -> httpx.Response:
    """At the token endpoint, authenticated as registered."""
    sent, headers = dict(form), {}
    if assistant.authenticates == "client_secret_basic":
        headers = client.basic()
    else:
        sent |= {"client_id": client.id} | ({"client_secret": client.secret} if client.secret else {})
    if assistant.resource == "always":
        sent["resource"] = f"{client.wire.issuer}/mcp"
    return await client.wire("POST", "/token", data=sent, headers=headers)


def granted(answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text
    tokens: dict[str, Any] = answer.json()
    assert tokens["token_type"] == "Bearer"
    assert isinstance(tokens["expires_in"], int)
    assert tokens["refresh_token"]
    return tokens


async def refreshes(client: Client, assistant: Assistant, refresh_token: str) -> list[dict[str, Any]]:
    """By all of its processes at once: one successor, that all of them get."""
    answers: list[httpx.Response] = []

    async def one() -> None:
        form = {"grant_type": "refresh_token", "refresh_token": refresh_token}
        answers.append(await requests(client, assistant, form))

    async with anyio.create_task_group() as group:
        for _ in range(assistant.refreshes):
            group.start_soon(one)
    renewed = [granted(answer) for answer in answers]
    assert len({(tokens["access_token"], tokens["refresh_token"]) for tokens in renewed}) == 1
    assert renewed[0]["refresh_token"] != refresh_token
    return renewed


async def calls(wire: Wire, assistant: Assistant, token: str) -> None:
    """Introduces itself where its revision has it so, and calls both tools."""
    headers = {"Authorization": f"Bearer {token}", "Accept": "application/json, text/event-stream"}
    headers |= dict(assistant.headers)
    if assistant.revision != MODERN:
        hello = {"protocolVersion": assistant.revision, "capabilities": {}, "clientInfo": {"name": "x", "version": "1"}}
        answer = await wire("POST", "/mcp", json=message("initialize", hello), headers=headers)
        assert answer.json()["result"]["protocolVersion"] == assistant.revision
        assert answer.json()["result"]["serverInfo"]["version"] == VERSION
        assert "mcp-session-id" not in answer.headers
        headers["MCP-Protocol-Version"] = assistant.revision
    if assistant.opens_a_stream:
        assert (await wire("GET", "/mcp", headers=headers)).status_code == 405
    [session, listing] = [await called(wire, assistant, tool, headers) for tool in ("get_session", "list_mailboxes")]
    assert session["username"] == ALICE.username
    assert len(listing["mailboxes"]) == len(ALICE.primary.mailboxes)


async def called(wire: Wire, assistant: Assistant, tool: str, headers: Mapping[str, str]) -> Any:
    params: dict[str, Any] = {"name": tool, "arguments": {}}
    if assistant.revision == MODERN:
        about = {"protocolVersion": MODERN, "clientCapabilities": {}}
        params["_meta"] = {f"io.modelcontextprotocol/{name}": value for name, value in about.items()}
        headers = {**headers, "MCP-Protocol-Version": MODERN, "Mcp-Method": "tools/call", "Mcp-Name": tool}
    answer = await wire("POST", "/mcp", content=json.dumps(message("tools/call", params)), headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()["result"]["structuredContent"]


def message(method: str, params: Mapping[str, Any]) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
