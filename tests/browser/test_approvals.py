"""A message waits for its owner: the page that they see and press in a real browser, and the message that leaves
then.
"""

import asyncio
import queue
import re
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.approvals import at_message, sign_in
from tests.browser.served import Served
from tests.browser.visitor import DESKTOP, PHONE, Visitor, visiting
from tests.browser.writing import KNOWN, NEW, Writing
from tests.peers import python_mcp

pytestmark = pytest.mark.browser


def heading(visitor: Visitor, title: str) -> None:
    expect(visitor.page.get_by_role("heading", level=1)).to_have_text(title)


@pytest.mark.parametrize("screen", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_a_message_is_read_and_sent_once_in_two_tabs(bridge: Served, browser: Browser, screen: dict[str, int]) -> None:
    with visiting(bridge, browser, viewport=screen) as visitor:
        writing, draft = at_message(visitor)
        other = visitor.tab()
        other.page.goto(visitor.page.url)
        for one in (visitor, other):
            one.page.get_by_label(f"I know {NEW}").check()
        visitor.press("Send")
        heading(visitor, "Sent in a minute")
        other.press("Send")
        heading(other, "Sent in a minute")
        assert writing.send(draft, NEW).startswith("held")
        visitor.press("Stop it")
        heading(visitor, "Stopped")


def test_the_browser_holds_send_until_the_new_address_is_ticked(visitor: Visitor) -> None:
    at_message(visitor)
    visitor.press("Send")
    expect(visitor.page.get_by_label(f"I know {NEW}")).to_be_focused()
    heading(visitor, "Send this as you?")
    visitor.press("Do not send")  # needs no tick
    heading(visitor, "Not sent")


def test_to_people_whom_the_owner_knows_one_press_is_enough_and_it_is_in_sight(visitor: Visitor) -> None:
    at_message(visitor, KNOWN)
    expect(visitor.page.get_by_role("button", name="Send", exact=True)).to_be_in_viewport(ratio=1)
    expect(visitor.page.get_by_text(f"To {KNOWN}, whom you know.")).to_be_in_viewport()
    visitor.press("Send")
    heading(visitor, "Sent in a minute")


def test_a_page_of_another_site_leads_to_no_single_press(visitor: Visitor) -> None:
    """As decision 0022 says for connecting: a pop-up can get one click of an owner who looks elsewhere."""
    writing = Writing.connected(visitor)
    link = writing.ask(writing.draft(KNOWN), KNOWN)
    visitor.open(link)
    sign_in(visitor)
    visitor.page.goto(visitor.served.callback.replace("127.0.0.1", "localhost"))  # another site
    visitor.page.evaluate("url => { location.href = url }", f"{visitor.served.issuer}{link}")
    visitor.page.locator(".approving").wait_for()
    visitor.press("Send")
    expect(visitor.page.get_by_label(f"I want this to go to {KNOWN}, whom I know")).to_be_focused()
    heading(visitor, "Send this as you?")
    visitor.requests[:] = [one for one in visitor.requests if "//localhost" not in one.url]


def test_a_remembered_browser_approves_without_a_sign_in_until_it_is_forgotten(visitor: Visitor) -> None:
    writing = Writing.connected(visitor)
    visitor.open(writing.ask(writing.draft(NEW), NEW))
    visitor.page.get_by_label("In this browser, approve without signing in for 30 days").check()
    visitor.press("Sign in")
    visitor.sign_in()
    heading(visitor, "Send this as you?")
    visitor.served.clock.ahead += 1000  # the session is over
    link = writing.ask(writing.draft(NEW), NEW)
    visitor.open(link)
    heading(visitor, "Send this as you?")
    visitor.open("/account")
    heading(visitor, "See what may use your mailbox")
    visitor.see_connections()
    visitor.page.get_by_role("button", name="Forget Chrome on Linux").click()
    expect(visitor.page.get_by_text("No browser may approve without signing in.")).to_be_visible()
    visitor.context.clear_cookies(name="mailconnect-session")
    visitor.open(link)
    heading(visitor, "A message waits for you")


def test_a_reply_is_written_by_the_official_sdk_and_sent_by_its_owner_in_a_browser(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The journey: from nothing but the server's address to a mail that has left."""
    served = visitor.served
    monkeypatch.setattr(python_mcp, "REDIRECT_URI", served.callback)
    asked: queue.Queue[str] = queue.Queue()
    answered: queue.Queue[str] = queue.Queue()

    async def ask(url: str) -> str:
        asked.put(url)
        return await asyncio.to_thread(answered.get, timeout=60)

    async def scenario() -> None:
        async with AsyncExitStack() as stack:
            client = python_mcp.PythonClient("legacy", f"{served.issuer}/mcp", None, ask, stack)
            await client.connect()
            found = said(await client.call("search_emails", query="from:carol in:inbox"))
            email = re.search(r"^emailId (\S+)", found, re.MULTILINE)
            assert email
            written = said(await client.call("write_draft", mode="reply", emailId=email[1], body="Yes, on *Tuesday*."))
            draft = re.search(r"^draftId (\S+)", written, re.MULTILINE)
            assert draft
            to = {"draftId": draft[1], "recipients": ["carol@lindenhof.example"]}
            asked.put(said(await client.call("send_draft", **to)))
            assert await asyncio.to_thread(answered.get, timeout=60) == "pressed"
            asked.put(said(await client.call("send_draft", **to)))

    running = begin(served, scenario())
    visitor.page.goto(asked.get(timeout=60))
    visitor.page.get_by_label("And the messages, with attachments").check()
    visitor.page.get_by_label("What I approve").check()
    visitor.press("Allow")
    visitor.sign_in()
    answered.put(visitor.back_at_the_assistant())
    waiting = asked.get(timeout=60)
    assert waiting.startswith("waiting: ")
    assert "I have written it. Only you can send it: read it here, " in waiting
    link = re.search(r"/approve\?link=\w+", waiting)
    assert link
    visitor.open(link[0])
    sign_in(visitor)
    visitor.open(link[0])
    heading(visitor, "Send this as you?")
    expect(visitor.page.get_by_text("Yes, on Tuesday.")).to_be_visible()
    expect(visitor.page.get_by_text("carol@lindenhof.example").first).to_be_visible()
    visitor.press("Send")
    heading(visitor, "Sent in a minute")
    answered.put("pressed")
    assert asked.get(timeout=60).startswith("held: ")
    running.result(60)
    served.clock.ahead += 90
    visitor.page.reload()
    expect(visitor.page.get_by_role("heading", level=1)).to_contain_text("Sent")


def begin(served: Served, coroutine: Coroutine[Any, Any, None]) -> Any:
    """Beside the browser, in the servers' own loop."""
    return asyncio.run_coroutine_threadsafe(coroutine, served.loop)


def said(results: list[dict[str, Any]]) -> str:
    [result] = results
    return str(result["content"][0]["text"])
