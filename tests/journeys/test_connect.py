"""An assistant connects to a mailbox, works with it, and disconnects."""

import pytest

from mailconnect.mcp.tools import TOOLS
from mailconnect.mcp.tools.account.request_access import REQUEST_ACCESS
from mailconnect.oauth.scopes import SCOPES, format_scope
from mailconnect.sandbox.assistant.errors import ErrorStatus
from tests.bridge import Bridge

pytestmark = pytest.mark.anyio


async def test_an_assistant_registers_is_authorized_reads_the_mailboxes_and_disconnects(bridge: Bridge) -> None:
    assistant = bridge.assistant()
    tokens = await assistant.connect(bridge.person())
    assert tokens.scope == format_scope(frozenset(SCOPES))
    await assistant.initialize()
    listed = [tool["name"] for tool in await assistant.list_tools()]
    assert listed == [tool.name for tool in TOOLS if tool is not REQUEST_ACCESS]
    session = await assistant.call_tool("get_session")
    assert session["structuredContent"]["username"] == "alice@sandbox.test"
    listing = await assistant.call_tool("list_mailboxes")
    assert not listing["isError"], listing
    assert "Inbox" in listing["content"][0]["text"]

    await assistant.revoke()
    with pytest.raises(ErrorStatus) as refused:
        await assistant.call_tool("list_mailboxes")
    assert refused.value.status == 401
    assert bridge.woken
    assert await bridge.sweep.run() == 1
