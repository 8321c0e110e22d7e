"""Mail accounts that others share with a person: told by get_session, listed on request, and nobody else's."""

import pytest

from tests.bridge import Bridge

pytestmark = pytest.mark.anyio


async def test_a_shared_account_is_told_and_its_mailboxes_are_listed(bridge: Bridge) -> None:
    assistant = await bridge.connected()
    session = (await assistant.call_tool("get_session"))["structuredContent"]
    assert session["otherMailAccounts"], "the sandbox's alice is shared an account"
    for other in session["otherMailAccounts"]:
        listing = await assistant.call_tool("list_mailboxes", {"accountId": other["accountId"]})
        assert listing["structuredContent"]["accountId"] == other["accountId"] != session["accountId"]
        assert listing["structuredContent"]["mailboxes"]


@pytest.mark.row("MC-23")
async def test_another_persons_account_is_not_asked_for(bridge: Bridge) -> None:
    alice, bob = await bridge.connected("alice"), await bridge.connected("bob")
    of_alice = (await alice.call_tool("get_session"))["structuredContent"]["accountId"]
    shared = (await bob.call_tool("get_session"))["structuredContent"]["otherMailAccounts"]
    assert of_alice not in [other["accountId"] for other in shared]
    before = bridge.sandbox.counters.methods["Mailbox/get"]
    refused = await bob.call_tool("list_mailboxes", {"accountId": of_alice})
    assert refused["isError"]
    assert "Call get_session to see which there are." in refused["content"][0]["text"]
    assert bridge.sandbox.counters.methods["Mailbox/get"] == before


async def test_an_account_that_is_no_longer_shared_is_refused_at_once(bridge: Bridge) -> None:
    assistant = await bridge.connected()
    [other, *_] = (await assistant.call_tool("get_session"))["structuredContent"]["otherMailAccounts"]
    bridge.sandbox.switches.account_epoch += 1
    assert (await assistant.call_tool("list_mailboxes", {"accountId": other["accountId"]}))["isError"]
