"""A provider that is described by its session URL alone: the sandbox, as if nothing else were known of it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from mailconnect.sandbox.assistant.errors import AssistantError, ErrorStatus
from tests.bridge import SANDBOX, Bridge, running_bridge

pytestmark = pytest.mark.anyio

DESCRIBED = {
    "MAILCONNECT_PROVIDER": "jmap",
    "MAILCONNECT_SESSION_URL": f"{SANDBOX}/jmap/session",
    "MAILCONNECT_PROVIDER_NAME": "Example Mail",
    "MAILCONNECT_CLIENT_ID": "mailconnect-sandbox",
}


@pytest.fixture
async def described(tmp_path: Path, anyio_backend: str) -> AsyncIterator[Bridge]:
    async with running_bridge(tmp_path, environment=DESCRIBED) as running:
        yield running


async def test_an_assistant_connects_reads_outlives_the_provider_token_and_disconnects(described: Bridge) -> None:
    assistant = await described.connected()
    listing = await assistant.call_tool("list_mailboxes")
    assert not listing["isError"]
    session = await assistant.call_tool("get_session")
    assert session["structuredContent"]["username"] == "alice@sandbox.test"
    described.clock.now += 3600
    await assistant.refresh()
    assert (await assistant.call_tool("list_mailboxes"))["structuredContent"] == listing["structuredContent"]
    assert described.sandbox.counters.requests["token.refresh"] == 1
    await assistant.revoke()
    with pytest.raises(ErrorStatus):
        await assistant.call_tool("list_mailboxes")
    assert await described.sweep.run() >= 1


async def test_the_consent_page_calls_the_provider_by_its_name(described: Bridge) -> None:
    assistant = described.assistant()
    await assistant.discover()
    await assistant.register()
    page = await described.person().browser.open(assistant.authorization_url())
    assert "Next, at Example Mail You sign in there. Its page may speak of more than this." in page.text


async def test_the_resource_is_named_unless_the_operator_says_no(tmp_path: Path) -> None:
    for setting in ("yes", "no"):
        environment = DESCRIBED | {"MAILCONNECT_SEND_RESOURCE": setting}
        (tmp_path / setting).mkdir()
        async with running_bridge(tmp_path / setting, environment=environment) as bridge:
            bridge.sandbox.switches.resource_required = True
            if setting == "no":
                with pytest.raises(AssistantError):
                    await bridge.connected()
                bridge.sandbox.switches.resource_required = False
            assert not (await (await bridge.connected()).call_tool("list_mailboxes"))["isError"]
