"""send_draft and a message that waits: each client is asked in its own way (MCP client/elicitation)."""

from typing import Any

import pytest

from mailconnect.sandbox.assistant.assistant import Assistant
from tests.approvals.waiting import ANNA, Owner, Waiting
from tests.bridge import ISSUER, Bridge

pytestmark = pytest.mark.anyio

URL = {"elicitation": {"url": {}}}


async def rpc(bridge: Bridge, assistant: Assistant, message: dict[str, Any], **headers: str) -> dict[str, Any]:
    assert assistant.tokens
    given = {
        "authorization": f"Bearer {assistant.tokens.access_token}",
        "accept": "application/json, text/event-stream",
    }
    answer = await bridge.http.post(
        f"{ISSUER}/mcp", json={"jsonrpc": "2.0", "id": 1} | message, headers=given | headers
    )
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def initialized(bridge: Bridge, waiting: Waiting, capabilities: dict[str, Any]) -> None:
    params = {
        "protocolVersion": "2025-11-25",
        "capabilities": capabilities,
        "clientInfo": {"name": "t", "version": "1"},
    }
    await rpc(bridge, waiting.assistant, {"method": "initialize", "params": params})


async def legacy(bridge: Bridge, waiting: Waiting, draft_id: str, revision: str = "2025-11-25") -> dict[str, Any]:
    arguments = {"draftId": draft_id, "recipients": [ANNA.email]}
    message = {"method": "tools/call", "params": {"name": "send_draft", "arguments": arguments}}
    return await rpc(bridge, waiting.assistant, message, **{"mcp-protocol-version": revision})


async def modern(
    bridge: Bridge, waiting: Waiting, draft_id: str, capabilities: dict[str, Any], **more: Any
) -> dict[str, Any]:
    meta = {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": capabilities,
    }
    arguments = {"draftId": draft_id, "recipients": [ANNA.email]}
    params = {"name": "send_draft", "arguments": arguments, "_meta": meta} | more
    headers = {"mcp-protocol-version": "2026-07-28", "mcp-method": "tools/call", "mcp-name": "send_draft"}
    return await rpc(bridge, waiting.assistant, {"method": "tools/call", "params": params}, **headers)


def said(answer: dict[str, Any]) -> str:
    return str(answer["result"]["content"][0]["text"])


async def test_a_client_of_2025_that_opens_addresses_is_asked_once(bridge: Bridge) -> None:
    waiting = await Waiting.connected(bridge)
    draft = await waiting.draft(ANNA)
    await initialized(bridge, waiting, URL)
    error = (await legacy(bridge, waiting, draft.id))["error"]
    assert error["code"] == -32042
    [asked] = error["data"]["elicitations"]
    assert asked["mode"] == "url"
    assert asked["url"].startswith(f"{ISSUER}/approve?link=")
    assert asked["url"] in error["message"]  # all that some clients show their model
    assert len(asked["elicitationId"]) == 32
    again = said(await legacy(bridge, waiting, draft.id))
    assert again.startswith("waiting: ")
    assert asked["url"] in again


@pytest.mark.parametrize("capabilities", [{}, {"elicitation": {}}, {"elicitation": {"form": {}}}, {"elicitation": []}])
async def test_another_client_gets_the_link_and_the_sentence_to_pass_on(
    bridge: Bridge, capabilities: dict[str, Any]
) -> None:
    waiting = await Waiting.connected(bridge)
    draft = await waiting.draft(ANNA)
    await initialized(bridge, waiting, URL)
    await initialized(bridge, waiting, capabilities)  # the last word counts
    text = said(await legacy(bridge, waiting, draft.id))
    assert f"I have written it. Only you can send it: read it here, {ISSUER}/approve?link=" in text


async def test_an_older_revision_knows_no_such_error(bridge: Bridge) -> None:
    waiting = await Waiting.connected(bridge)
    await initialized(bridge, waiting, URL)
    assert said(await legacy(bridge, waiting, (await waiting.draft(ANNA)).id, "2025-06-18")).startswith("waiting: ")


async def test_a_client_of_2026_is_asked_by_the_result_and_calls_again(bridge: Bridge) -> None:
    waiting = await Waiting.connected(bridge)
    draft = await waiting.draft(ANNA)
    result = (await modern(bridge, waiting, draft.id, URL))["result"]
    assert result["resultType"] == "input_required"
    asked = result["inputRequests"]["approval"]
    assert asked["method"] == "elicitation/create"
    assert {*asked["params"]} == {"mode", "message", "url"}
    answered = {"inputResponses": {"approval": {"action": "accept"}}}
    assert said(await modern(bridge, waiting, draft.id, URL, **answered)).startswith("waiting: ")
    owner = Owner.at(bridge)
    path = await owner.sign_in(asked["params"]["url"].removeprefix(ISSUER))
    await owner.press(path, "send", know="yes")
    assert said(await modern(bridge, waiting, draft.id, URL, **answered)).startswith("held: ")
    assert waiting.submitted == 1


async def test_a_client_of_2026_without_it_gets_the_link(bridge: Bridge) -> None:
    waiting = await Waiting.connected(bridge)
    draft = await waiting.draft(ANNA)
    assert said(await modern(bridge, waiting, draft.id, {})).startswith("waiting: ")


async def test_a_no_is_told(bridge: Bridge) -> None:
    waiting = await Waiting.connected(bridge)
    draft = await waiting.draft(ANNA)
    text = said(await legacy(bridge, waiting, draft.id))
    link = text[text.index(ISSUER) :].split()[0]
    owner = Owner.at(bridge)
    path = await owner.sign_in(link.removeprefix(ISSUER))
    await owner.press(path, "discard")
    assert said(await legacy(bridge, waiting, draft.id)).startswith("discarded: ")
