"""An assistant that nobody here knows makes itself known."""

import pytest

from sandbox.assistant_errors import Refused
from sandbox.browser import PageError
from tests.bridge import ISSUER, Bridge

pytestmark = pytest.mark.anyio

# What each assistant of autumn 2026 sends, as far as it was seen.
ASSISTANTS = {
    "Poke": {"redirect_uris": ["https://poke.com/api/v1/mcp/callback"]},
    "Claude": {
        "redirect_uris": ["https://claude.ai/api/mcp/auth_callback"],
        "scope": "mailboxes:read session:read",
        "token_endpoint_auth_method": "client_secret_post",
    },
    "ChatGPT": {"redirect_uris": ["https://chatgpt.com/connector_platform_oauth_redirect"]},
    "Cursor": {
        "redirect_uris": [
            "http://localhost:8787/callback",
            "cursor://anysphere.cursor-mcp/oauth/callback",
            "https://www.cursor.com/agents/mcp/oauth/callback",
        ]
    },
    "Visual Studio Code": {
        "redirect_uris": [
            "https://vscode.dev/redirect",
            "https://insiders.vscode.dev/redirect",
            "http://127.0.0.1/",
            "http://127.0.0.1:33418/",
        ],
        "grant_types": [
            "authorization_code",
            "refresh_token",
            "urn:ietf:params:oauth:grant-type:device_code",
        ],
        "application_type": "native",
    },
    "Codex": {"redirect_uris": ["http://127.0.0.1:1455/callback/abc"]},
    "Gemini CLI": {"redirect_uris": ["http://localhost:7777/oauth/callback"], "scope": ""},
    "Goose": {"redirect_uris": ["http://127.0.0.1:51234/oauth_callback"]},
    "Le Chat": {"redirect_uris": ["https://callback.mistral.ai/v1/integrations_auth/oauth2_callback"]},
    "Copilot Studio": {
        "redirect_uris": ["https://global.consent.azure-apim.net/redirect/mailconnect"],
        "token_endpoint_auth_method": "client_secret_basic",
    },
    "mcp-remote": {
        "redirect_uris": ["http://localhost:3335/oauth/callback"],
        "software_id": "2e6dc280-f3c3-4e01-99a7-8181dbd1d23d",
        "software_version": "0.15.1",
        "client_uri": "https://github.com/modelcontextprotocol/mcp-cli",
    },
}


@pytest.mark.parametrize("name", ASSISTANTS)
async def test_every_assistant_registers_as_it_is_and_can_ask(bridge: Bridge, name: str) -> None:
    document = {
        "client_name": name,
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "token_endpoint_auth_method": "none",
    } | ASSISTANTS[name]
    answer = await bridge.http.post(f"{ISSUER}/register", json=document)
    assert answer.status_code == 201, answer.text
    given = answer.json()
    assert given["redirect_uris"] == document["redirect_uris"]
    assert given["grant_types"] == ["authorization_code", "refresh_token"]
    assert ("client_secret" in given) is (document["token_endpoint_auth_method"] != "none")
    for redirect_uri in given["redirect_uris"]:
        assistant = bridge.assistant(client_id=given["client_id"], redirect_uri=redirect_uri)
        await assistant.discover()
        page = await bridge.person().browser.open(assistant.authorization_url())
        assert (page.status, name in page.text) == (200, True)


async def test_an_assistant_that_lost_our_answer_registers_again_and_the_orphan_goes(bridge: Bridge) -> None:
    lost, kept = bridge.assistant(), await bridge.connected()
    await lost.discover()
    await lost.register()
    assert lost.client_id != kept.client_id
    bridge.clock.now += 30 * 86_400
    await bridge.sweep.run()
    assert await bridge.adapters.clients.get(lost.client_id, bridge.clock()) is None
    assert await bridge.adapters.clients.get(kept.client_id, bridge.clock()) is not None
    with pytest.raises(PageError) as refused:
        await bridge.person().authorize(lost.authorization_url(), lost.redirect_uri)
    assert refused.value.page.status == 400
    assert await kept.refresh()


async def test_an_assistant_whose_registration_is_gone_is_told_to_register_again(bridge: Bridge) -> None:
    assistant = await bridge.connected()
    await bridge.database.write("DELETE FROM clients", ())
    with pytest.raises(Refused) as refused:
        await assistant.refresh()
    assert refused.value.status == 401
    assert "invalid_client" in refused.value.body
    assistant.client_id = ""
    await assistant.connect(bridge.person())
    assert not (await assistant.call_tool("list_mailboxes"))["isError"]
