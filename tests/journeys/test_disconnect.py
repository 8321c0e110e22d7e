"""Disconnect and export: at once for the assistant, then at the provider, then everywhere; and with a receipt."""

import json
from typing import Any

import anyio
import httpx
import pytest

from mailconnect import pseudonyms
from mailconnect.sandbox.assistant.errors import ErrorStatus
from mailconnect.sandbox.browser import Browser, Page
from mailconnect.store.audit import Actor
from mailconnect.sweep.owner_erasure import LATEST_EVENT
from mailconnect.sweep.receipts import RECEIPT_LIFETIME
from tests.bridge import ISSUER, Bridge
from tests.ended_connection import at_provider, refused

pytestmark = pytest.mark.anyio


def grants(bridge: Bridge) -> list[tuple[Any, ...]]:
    return bridge.database.read("SELECT id FROM grants", ())


def receipts(bridge: Bridge) -> list[dict[str, Any]]:
    return [
        json.loads(value)
        for (value,) in bridge.database.read("SELECT value FROM ledger WHERE key LIKE 'receipt:%'", ())
    ]


async def test_the_next_call_is_refused_and_the_sweep_does_the_rest(bridge: Bridge) -> None:
    assistant, other = await bridge.connected(), await bridge.connected("bob")
    [(grant_id,)] = bridge.database.read("SELECT id FROM grants WHERE client_id = ?", (assistant.client_id,))
    await assistant.revoke()
    assert await refused(assistant)
    assert at_provider(bridge) == [None, None]
    assert bridge.woken == [bridge.clock()]

    assert await bridge.sweep.run() >= 1
    assert at_provider(bridge) == ["revoked", None]
    assert grant_id not in {name for (name,) in grants(bridge)}
    assert receipts(bridge) == [
        {
            "grant": pseudonyms.grant_hash(grant_id),
            "reason": "client_revoked",
            "retired_at": bridge.clock(),
            "erased_at": bridge.clock(),
            "provider": "revoked",
        }
    ]
    assert await refused(assistant)
    assert not (await other.call_tool("list_mailboxes"))["isError"]


async def test_nothing_is_left_of_what_was_given_back(bridge: Bridge) -> None:
    assistant = await bridge.connected()
    assert assistant.tokens is not None
    [(grant_id, owner, props, data_key)] = bridge.database.read("SELECT id, owner, props, data_key FROM grants", ())
    await assistant.refresh()
    await assistant.revoke()
    await bridge.sweep.run()
    await bridge.database.erase_traces()
    for trace in (grant_id.encode(), props, data_key, b"alice"):
        assert trace not in content(bridge)
    # Its history is the person's own, until they have it erased.
    assert owner.encode() in content(bridge)
    await bridge.adapters.stores.audit.request_erasure(owner, Actor.OWNER)
    bridge.clock.now += LATEST_EVENT
    await bridge.sweep.run()
    await bridge.database.erase_traces()
    assert owner.encode() not in content(bridge)


def content(bridge: Bridge) -> bytes:
    return b"".join(file.read_bytes() for file in bridge.database_path.parent.glob("mailconnect.sqlite3*"))


async def test_the_receipt_outlives_the_grant_and_ends_too(bridge: Bridge) -> None:
    assistant = await bridge.connected()
    await assistant.revoke()
    await bridge.sweep.run()
    bridge.clock.now += RECEIPT_LIFETIME - 1
    await bridge.sweep.run()
    assert len(receipts(bridge)) == 1
    bridge.clock.now += 1
    await bridge.sweep.run()
    assert not receipts(bridge)


async def test_an_api_token_is_forgotten_for_it_is_the_persons_own(bridge: Bridge) -> None:
    assistant = bridge.assistant()
    await assistant.connect(bridge.person(api_token="fmu1-sandbox-alice-readonly"))
    await assistant.revoke()
    assert await refused(assistant)
    await bridge.sweep.run()
    assert receipts(bridge)[0]["provider"] == "api_token_forgotten"
    assert bridge.sandbox.counters.requests["revoke"] == 0
    assert not grants(bridge)


@pytest.mark.row("F-37")
async def test_a_refresh_that_returns_after_the_end_is_given_back(bridge: Bridge) -> None:
    assistant = await bridge.connected()
    bridge.sandbox.state.expire_access_tokens()
    renewing, go_on = anyio.Event(), anyio.Event()

    async def hold(response: httpx.Response) -> None:
        if response.url.path == "/oauth/refresh":
            renewing.set()
            await go_on.wait()

    results: list[dict[str, Any]] = []

    async def call() -> None:
        results.append(await assistant.call_tool("list_mailboxes"))

    bridge.to_provider.event_hooks = {"response": [hold]}
    async with anyio.create_task_group() as group:
        group.start_soon(call)
        await renewing.wait()
        await assistant.revoke()
        go_on.set()
    assert results[0]["isError"]
    assert at_provider(bridge) == ["revoked"]
    assert await refused(assistant)
    await bridge.sweep.run()
    assert not grants(bridge)


async def at_the_account(bridge: Bridge, username: str = "alice") -> tuple[Browser, Page]:
    """Signs in by the provider, as a person's browser does, and is on the page with the connections."""
    person = bridge.person(username)
    page = await person.browser.open(f"{ISSUER}/account")
    while page.location is not None:
        page = await person.browser.open(page.location)
    page = await person.browser.submit(page, page.forms[0], {})
    page = await person.browser.open(page.location or "")
    page = await person.browser.submit(
        page, page.forms[0], {"username": username, "password": "secret", "decision": "approve"}
    )
    while page.location is not None:
        page = await person.browser.open(page.location)
    return person.browser, page


async def pressed(browser: Browser, page: Page, action: str, **button: str) -> Page:
    """The page that a button leads to; `button` is its name and value, where it has them."""
    form = next(
        one
        for one in page.forms
        if one.action == action and (button.keys() <= {"scope"} or button.items() <= {*one.buttons})
    )
    page = await browser.submit(page, form, button)
    while page.location is not None:
        page = await browser.open(page.location)
    assert page.status == 200, page.text
    return page


async def test_the_owner_sees_narrows_exports_and_ends_a_connection(bridge: Bridge) -> None:
    assistant, untouched = await bridge.connected(), await bridge.connected("bob")
    assert not (await assistant.call_tool("list_mailboxes"))["isError"]

    browser, page = await at_the_account(bridge)
    assert "alice@sandbox.test" in page.text
    assert "See the list of your folders" in page.text

    page = await pressed(browser, page, "/account/change", scope="session:read")
    with pytest.raises(ErrorStatus) as answer:
        await assistant.call_tool("list_mailboxes")
    assert (answer.value.status, "insufficient_scope" in answer.value.challenge) == (403, True)
    assert not (await assistant.call_tool("get_session"))["isError"]

    ready = await pressed(browser, page, "/account/export")
    assert "serves once" in ready.text
    assert "may no longer: " in page.text

    page = await pressed(browser, await browser.open(f"{ISSUER}/account"), "/account/disconnect")
    assert await refused(assistant)
    assert "has yet to confirm" in page.text
    await bridge.sweep.run()
    page = await browser.open(page.url)
    assert "has confirmed that our key opens nothing any more" in page.text
    assert at_provider(bridge) == ["revoked", None, None]  # alice's assistant, bob's, and alice's own sign-in
    assert [receipt["reason"] for receipt in receipts(bridge)] == ["owner_disconnected"]

    page = await browser.open(f"{ISSUER}/account")
    assert "No assistant is connected" in page.text
    page = await pressed(browser, page, "/account/sign-out")
    page = await browser.open(f"{ISSUER}/account")
    assert page.location == f"{ISSUER}/account/sign-in?next=/account"
    assert not (await untouched.call_tool("list_mailboxes"))["isError"]


async def test_the_owner_deletes_everything_and_nothing_of_it_is_left(bridge: Bridge) -> None:
    assistant = await bridge.connected()
    [(grant_id, owner)] = bridge.database.read("SELECT id, owner FROM grants", ())
    browser, page = await at_the_account(bridge)
    page = await pressed(browser, await browser.open(f"{ISSUER}/account/delete"), "/account/delete")
    assert "Everything is deleted" in page.text
    assert "What is kept" in page.text
    assert await refused(assistant)
    await bridge.sweep.run()
    bridge.clock.now += 901
    await bridge.sweep.run()
    await bridge.database.erase_traces()
    content = b"".join(file.read_bytes() for file in bridge.database_path.parent.glob("mailconnect.sqlite3*"))
    for trace in (grant_id.encode(), owner.encode(), b"alice"):
        assert trace not in content
    assert "has confirmed" in (await browser.open(page.url)).text
