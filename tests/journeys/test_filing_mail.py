"""An assistant archives, labels and undoes, makes folders and masked addresses; what no owner ticked stays undone."""

import re
from typing import Any

import httpx
import pytest

from mailconnect.store.sqlite.switches import SqliteSwitches
from mailconnect.store.switchboard import READ_EVERY
from mailconnect.store.switches import Switch
from tests.bridge import Bridge
from tests.endpoints.wire import Wire
from tests.journeys.test_reading_mail import jmap_calls, text_of

pytestmark = pytest.mark.anyio

NEWSLETTERS = {"query": "in:Newsletters"}


async def test_twenty_newsletters_are_archived_in_two_calls_and_come_back_with_one(bridge: Bridge) -> None:
    assistant = await bridge.connected()
    hits = text_of(
        await assistant.call_tool("search_emails", {"query": "list:* in:inbox", "collapse": False, "limit": 20})
    )
    ids = re.findall(r"^emailId (\S+)", hits, re.MULTILINE)
    more = text_of(await assistant.call_tool("search_emails", {"query": "in:inbox", "collapse": False, "limit": 50}))
    ids = [*dict.fromkeys([*ids, *re.findall(r"^emailId (\S+)", more, re.MULTILINE)])][:20]
    assert len(ids) == 20
    before, requests = jmap_calls(bridge), bridge.sandbox.counters.requests["jmap"]
    said = text_of(await assistant.call_tool("update_emails", {"emailIds": ids, "actions": ["archive", "read"]}))
    assert said.startswith("20 done, 0 unchanged, 0 failed.")
    after = jmap_calls(bridge)
    changed = {name: number - before.get(name, 0) for name, number in after.items() if number != before.get(name, 0)}
    assert changed == {"Mailbox/get": 1, "Email/get": 1, "Email/set": 1}
    assert bridge.sandbox.counters.requests["jmap"] == requests + 2
    again = text_of(await assistant.call_tool("update_emails", {"emailIds": ids, "actions": ["archive", "read"]}))
    assert again.startswith("0 done, 20 unchanged, 0 failed.")
    for undone in re.findall(r"emailIds ([^\n]+)\nTo undo: update_emails with these emailIds and ([^\n]+)\.", said):
        arguments: dict[str, Any] = {"emailIds": undone[0].split()}
        for part in undone[1].split(", "):
            name, _, value = part.partition(" ")
            arguments[name] = value if name == "moveTo" else value.split(" and ")
        assert "0 failed" in text_of(await assistant.call_tool("update_emails", arguments))
    back = text_of(await assistant.call_tool("search_emails", {"query": "in:inbox", "collapse": False, "limit": 50}))
    assert set(ids) <= set(re.findall(r"^emailId (\S+)", back, re.MULTILINE))


async def test_a_query_is_followed_only_with_the_number_that_was_seen(bridge: Bridge) -> None:
    assistant = await bridge.connected()
    dry = text_of(await assistant.call_tool("update_emails", {**NEWSLETTERS, "actions": ["read"]}))
    number = int(dry.split()[0])
    assert jmap_calls(bridge).get("Email/set", 0) == 0
    arguments = {**NEWSLETTERS, "actions": ["flag"], "expectedTotal": number}
    said = text_of(await assistant.call_tool("update_emails", arguments))
    assert said.startswith(f"{number} done")


async def test_a_folder_is_made_filled_emptied_and_deleted(bridge: Bridge) -> None:
    assistant = await bridge.connected()

    async def done(tool: str, **arguments: Any) -> str:
        return text_of(await assistant.call_tool(tool, arguments))

    made = re.search(r"mailboxId (\S+)\]", await done("manage_mailbox", action="create", name="Harbour"))
    assert made is not None
    hits = await done("search_emails", query="in:inbox", limit=1)
    email = re.search(r"emailId (\S+)", hits)
    assert email is not None
    await done("update_emails", emailIds=[email[1]], addTo="Harbour")
    refused = await assistant.call_tool("manage_mailbox", {"action": "delete", "mailbox": made[1]})
    assert "Only an empty mailbox" in refused["content"][0]["text"]
    await done("update_emails", emailIds=[email[1]], removeFrom=["Harbour"])
    await done("manage_mailbox", action="rename", mailbox=made[1], name="Ships")
    await done("manage_mailbox", action="move", mailbox="Ships", parent="Projects")
    assert "Projects/Ships" in str(await assistant.call_tool("list_mailboxes", {"name": "ships"}))
    assert "Deleted" in await done("manage_mailbox", action="delete", mailbox="Projects/Ships")
    assert bridge.sandbox.counters.methods["Mailbox/set"] == 4


async def test_a_masked_address_for_a_site(bridge: Bridge) -> None:
    assistant = await bridge.connected()

    async def done(tool: str, **arguments: Any) -> str:
        return text_of(await assistant.call_tool(tool, arguments))

    assert "Masked addresses: 4 of 4" in await done("list_masked_emails")
    made = await done("write_masked_email", action="create", site="boots.example", description="Boots", prefix="boots")
    ident = re.search(r"maskedEmailId (\S+) · enabled", made)
    assert ident is not None
    assert "boots." in made
    assert "already" in await done("write_masked_email", action="create", site="https://boots.example/")
    await done("write_masked_email", action="disable", maskedEmailId=ident[1])
    assert f"maskedEmailId {ident[1]} · disabled" in await done("list_masked_emails", text="boots")
    assert bridge.sandbox.counters.methods["MaskedEmail/set"] == 2


@pytest.mark.parametrize(
    ("scope", "tool", "arguments"),
    [
        ("emails:read", "update_emails", {"emailIds": ["M1"], "actions": ["trash"]}),
        ("emails:organize", "manage_mailbox", {"action": "create", "name": "X"}),
        ("mailboxes:write", "update_emails", {"emailIds": ["M1"], "actions": ["trash"]}),
        ("masked:read", "write_masked_email", {"action": "create", "site": "a.example"}),
        ("mailboxes:read", "list_masked_emails", {}),
    ],
)
async def test_a_tool_whose_scope_was_not_ticked_changes_nothing(
    bridge: Bridge, scope: str, tool: str, arguments: dict[str, Any]
) -> None:
    client = await Wire(bridge).register()
    tokens = await client.tokens(scope=scope)
    refused = await client.wire.mcp(tokens["access_token"], "tools/call", name=tool, arguments=arguments)
    assert refused.status_code == 403
    assert jmap_calls(bridge) == {}


async def test_read_only_stops_every_tool_that_writes_and_no_tool_that_reads(bridge: Bridge) -> None:
    assistant = await bridge.connected()
    hits = text_of(await assistant.call_tool("search_emails", {"limit": 1}))
    email = re.search(r"emailId (\S+)", hits)
    assert email is not None
    switches = SqliteSwitches(bridge.database)
    await switches.turn_on(Switch.READ_ONLY, bridge.clock())
    bridge.clock.now += READ_EVERY
    for tool, arguments in (
        ("update_emails", {"emailIds": [email[1]], "actions": ["trash"]}),
        ("manage_mailbox", {"action": "create", "name": "X"}),
        ("write_masked_email", {"action": "create", "site": "a.example"}),
    ):
        refused = await assistant.call_tool(tool, arguments)
        assert refused["isError"]
        assert "switched writing off" in refused["content"][0]["text"]
    assert not any(name.endswith("/set") for name in jmap_calls(bridge))
    text_of(await assistant.call_tool("list_masked_emails", {}))
    text_of(await assistant.call_tool("search_emails", {"limit": 1}))
    await switches.turn_off(Switch.READ_ONLY)
    bridge.clock.now += READ_EVERY
    text_of(await assistant.call_tool("update_emails", {"emailIds": [email[1]], "actions": ["flag"]}))


@pytest.mark.parametrize("acted", [True, False], ids=["after it acted", "before it acted"])
async def test_a_response_that_is_lost_is_settled_by_a_look_and_nothing_is_sent_twice(
    bridge: Bridge, *, acted: bool
) -> None:
    assistant = await bridge.connected()
    hits = text_of(await assistant.call_tool("search_emails", {"query": "in:inbox", "collapse": False, "limit": 20}))
    ids = re.findall(r"^emailId (\S+)", hits, re.MULTILINE)

    async def lose(one: Any) -> None:
        request = one if isinstance(one, httpx.Request) else one.request
        if b"Email/set" in request.content:
            raise httpx.ReadError("lost")

    bridge.to_provider.event_hooks["response" if acted else "request"] = [lose]
    said = text_of(await assistant.call_tool("update_emails", {"emailIds": ids, "actions": ["archive"]}))
    bridge.to_provider.event_hooks.clear()
    assert jmap_calls(bridge).get("Email/set", 0) == acted
    if acted:
        assert said.startswith("20 done, 0 unchanged, 0 failed.")
    else:
        assert said.startswith("0 done, 0 unchanged, 20 failed.")
        assert "may or may not be changed; asking again is harmless" in said
        again = text_of(await assistant.call_tool("update_emails", {"emailIds": ids, "actions": ["archive"]}))
        assert again.startswith("20 done")


async def test_a_read_only_api_token_reads_and_files_nothing(bridge: Bridge) -> None:
    client = await Wire(bridge).register()
    tokens = await client.tokens(api_token="fmu1-sandbox-alice-readonly")
    token = tokens["access_token"]

    async def call(tool: str, /, **arguments: Any) -> dict[str, Any]:
        answer = await client.wire.mcp(token, "tools/call", name=tool, arguments=arguments)
        result: dict[str, Any] = answer.json().get("result", {})
        return result

    hits = text_of(await call("search_emails", query="in:inbox", limit=1))
    email = re.search(r"emailId (\S+)", hits)
    assert email is not None
    refused = await call("update_emails", emailIds=[email[1]], actions=["trash"])
    assert "the account does not allow this" in text_of(refused)
    made = await call("manage_mailbox", action="create", name="Harbour")
    assert made["isError"]
    assert "This mail account is read-only." in made["content"][0]["text"]
    assert jmap_calls(bridge).get("Email/set", 0) == 0
