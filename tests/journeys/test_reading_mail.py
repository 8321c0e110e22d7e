"""An assistant finds a message, reads its thread, and what the owner did not allow stays out of its reach."""

import re
from typing import Any

import pytest

from tests.bridge import Bridge
from tests.endpoints.wire import Wire

pytestmark = pytest.mark.anyio


def text_of(result: dict[str, Any]) -> str:
    assert not result["isError"], result
    text: str = result["content"][0]["text"]
    return text


def jmap_calls(bridge: Bridge) -> dict[str, int]:
    return dict(bridge.sandbox.counters.methods)


async def test_search_then_thread_over_the_real_bridge(bridge: Bridge) -> None:
    assistant = await bridge.connected()
    hits = text_of(
        await assistant.call_tool("search_emails", {"query": "harbour library", "timeZone": "Europe/Zurich"})
    )
    assert "junk and trash left out" in hits.splitlines()[0]
    thread = re.search(r"threadId (\S+)", hits)
    assert thread is not None
    read = text_of(await assistant.call_tool("read_emails", {"threadId": thread[1]}))
    assert re.match(r"Thread of \d+ emails: \d+ here, newest first\.", read)
    assert "sender: verified for" in read
    assert len(read) <= 24_000


async def test_a_search_is_one_request_to_the_provider_and_a_read_one_more_about_the_sender(bridge: Bridge) -> None:
    assistant = await bridge.connected()
    hits = text_of(await assistant.call_tool("search_emails", {"limit": 1}))  # learns which mailboxes have a role
    email = re.search(r"emailId (\S+)", hits)
    assert email is not None
    for tool, arguments, methods in (
        ("search_emails", {"query": "harbour"}, {"Mailbox/get", "Email/query", "Email/get", "SearchSnippet/get"}),
        ("read_emails", {"emailIds": [email[1]]}, {"Mailbox/get", "Email/get", "Email/query"}),
    ):
        before, requests = jmap_calls(bridge), bridge.sandbox.counters.requests["jmap"]
        assert not (await assistant.call_tool(tool, arguments))["isError"]
        after = jmap_calls(bridge)
        assert {name for name in after if after[name] != before.get(name, 0)} == methods
        asked = 2 if "Email/query" in methods and tool == "read_emails" else 1
        assert bridge.sandbox.counters.requests["jmap"] == requests + asked


async def test_contacts_are_found_where_the_provider_has_them(bridge: Bridge) -> None:
    assistant = await bridge.connected()
    assert "@" in text_of(await assistant.call_tool("find_contacts", {"name": "carol"}))


async def test_metadata_alone_never_ask_the_provider_for_a_messages_text(bridge: Bridge) -> None:
    client = await Wire(bridge).register()
    tokens = await client.tokens(scope="emails:metadata")

    async def call(name: str, **arguments: Any) -> dict[str, Any]:
        answer = await client.wire.mcp(tokens["access_token"], "tools/call", name=name, arguments=arguments)
        result: dict[str, Any] = answer.json()["result"]
        return result

    hits = text_of(await call("search_emails", query="harbour"))
    email = re.search(r"emailId (\S+)", hits)
    assert email is not None
    read = text_of(await call("read_emails", emailIds=[email[1]]))
    assert read.startswith("Headers alone")
    assert jmap_calls(bridge).get("SearchSnippet/get", 0) == 0
    listed = await client.wire.mcp(tokens["access_token"])
    names = [tool["name"] for tool in listed.json()["result"]["tools"]]
    assert names == ["search_emails", "read_emails", "request_access"]
    refused = await client.wire.mcp(tokens["access_token"], "tools/call", name="find_contacts", arguments={"name": "a"})
    assert refused.status_code == 403


async def test_a_connection_of_before_keeps_what_it_had_and_no_more(bridge: Bridge) -> None:
    client = await Wire(bridge).register()
    tokens = await client.tokens(scope="mailboxes:read")
    refused = await client.wire.mcp(tokens["access_token"], "tools/call", name="search_emails", arguments={})
    assert refused.status_code == 403
    assert 'scope="emails:metadata mailboxes:read"' in refused.headers["www-authenticate"]


async def test_a_pdf_is_read_in_a_process_without_keys(bridge: Bridge) -> None:
    assistant = await bridge.connected()
    hits = text_of(await assistant.call_tool("search_emails", {"query": "has:attachment", "limit": 50}))
    emails = re.findall(r"emailId (\S+)", hits)
    found = None
    for start in range(0, len(emails), 10):
        read = text_of(await assistant.call_tool("read_emails", {"emailIds": emails[start : start + 10]}))
        for block in read.split("\n\nemailId "):
            pdf = re.search(r"attachmentId (\S+) · [^·]*\.pdf · application/pdf", block)
            if pdf and found is None:
                found = {"emailId": block.removeprefix("emailId ").split()[0], "attachmentId": pdf[1]}
    assert found is not None
    text = text_of(await assistant.call_tool("read_attachment", found))
    assert text.startswith("PDF")
    assert "<<mail " in text
