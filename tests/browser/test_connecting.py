"""A person connects an assistant, in a real browser: from the client's first request to its first tool call."""

import asyncio
import queue
from dataclasses import replace

import httpx
import pytest
from playwright.sync_api import Browser, expect

from mailconnect.sandbox.assistant.errors import AssistantError
from tests.browser.served import Served
from tests.browser.visitor import Visitor, visiting
from tests.peers import python_mcp
from tests.peers.running_bridge import RunningBridge

pytestmark = pytest.mark.browser


def test_the_official_client_is_connected_and_reads_the_mailboxes(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(python_mcp, "REDIRECT_URI", visitor.served.callback)
    asked: queue.Queue[str] = queue.Queue()
    loop = visitor.served.loop
    answer: asyncio.Future[str] = loop.create_future()

    async def ask(url: str) -> str:
        asked.put(url)
        return await answer

    async def journey() -> tuple[list[str], list[dict[str, object]]]:
        async with python_mcp.python_client("auto", RunningBridge(visitor.served.issuer), ask) as client:
            connected = await client.connect()
            return connected.tools, await client.call("list_mailboxes")

    client = asyncio.run_coroutine_threadsafe(journey(), loop)
    visitor.page.goto(asked.get(timeout=30))
    expect(visitor.page.get_by_role("heading", level=1)).to_contain_text("into the sandbox mailbox?")
    expect(visitor.page.locator(".own-name")).to_have_text("“Python peer”")
    visitor.press("Allow")
    visitor.sign_in()
    loop.call_soon_threadsafe(answer.set_result, visitor.back_at_the_assistant())
    tools, [mailboxes] = client.result(30)
    assert tools == ["get_session", "list_mailboxes", "request_access"]  # of an unknown assistant, the lowest rung
    assert "Inbox" in str(mailboxes["structuredContent"])


def test_denying_tells_the_assistant_and_connects_nothing(visitor: Visitor) -> None:
    assistant = visitor.served.assistant()
    visitor.ask(assistant)
    visitor.press("Deny")
    with pytest.raises(AssistantError, match="access_denied"):
        visitor.served.run(assistant.finish(visitor.back_at_the_assistant()))
    assert visitor.served.sandbox not in visitor.origins


@pytest.mark.row("AZ-26")
def test_an_assistant_that_opened_a_popup_keeps_hold_of_it_until_the_answer_is_back(visitor: Visitor) -> None:
    assistant, opener = visitor.served.assistant(), visitor.page
    opener.goto(visitor.served.callback)
    with opener.expect_popup() as opened:
        opener.evaluate(
            "url => { popup = window.open(url, 'popup', 'width=500,height=700') }", assistant.authorization_url()
        )
    popup = replace(visitor, page=opened.value)
    popup.page.wait_for_load_state()
    assert not opener.evaluate("popup.closed")
    popup.press("Allow")
    popup.sign_in()
    answer = popup.back_at_the_assistant()
    assert opener.evaluate("popup.location.href") == answer, "its own page again, which it may read"
    assert popup.page.evaluate("window.opener !== null")
    visitor.served.run(assistant.finish(answer))

    opener.evaluate("url => { popup.location = url }", f"{visitor.served.issuer}/account/sign-in")
    expect(popup.page.get_by_role("button", name="Sign in")).to_be_visible()
    opener.wait_for_function("popup.closed")  # what is the person's own is in nobody's hold


def test_cancelling_at_the_provider_tells_the_assistant(visitor: Visitor) -> None:
    assistant = visitor.served.assistant()
    visitor.ask(assistant)
    visitor.press("Allow")
    visitor.press("Cancel")
    with pytest.raises(AssistantError, match="access_denied"):
        visitor.served.run(assistant.finish(visitor.back_at_the_assistant()))


def test_two_tabs_each_connect_their_own_assistant(visitor: Visitor) -> None:
    one, two = visitor.served.assistant("One"), visitor.served.assistant("Two")
    other = visitor.tab()
    visitor.ask(one)
    other.ask(two)
    visitor.press("Allow")
    other.press("Allow")
    other.sign_in()
    visitor.sign_in("bob")
    for tab, assistant in ((visitor, one), (other, two)):
        visitor.served.run(assistant.finish(tab.back_at_the_assistant()))
        assert visitor.served.run(assistant.call_tool("get_session"))["isError"] is False


def test_the_page_can_be_reloaded_before_it_is_decided(visitor: Visitor) -> None:
    assistant = visitor.served.assistant()
    visitor.ask(assistant)
    visitor.page.reload()
    visitor.press("Allow")
    visitor.sign_in()
    visitor.served.run(assistant.finish(visitor.back_at_the_assistant()))


def test_back_from_the_provider_leads_to_the_question_which_can_be_answered_anew(visitor: Visitor) -> None:
    assistant = visitor.served.assistant()
    visitor.ask(assistant)
    visitor.press("Allow")
    expect(visitor.page.get_by_label("Username")).to_be_visible()
    visitor.page.go_back()
    expect(visitor.page.get_by_role("heading", level=1)).to_contain_text("into the sandbox mailbox?")
    visitor.press("Allow")
    visitor.sign_in()
    visitor.served.run(assistant.finish(visitor.back_at_the_assistant()))


@pytest.mark.row("CO-17")
def test_back_after_the_end_shows_a_page_that_connects_nothing_by_itself(visitor: Visitor) -> None:
    assistant = visitor.served.assistant()
    visitor.connect(assistant)
    visitor.page.go_back()
    visitor.page.go_back()
    expect(visitor.page.get_by_role("heading", level=1)).to_contain_text("into the sandbox mailbox?")
    assert visitor.served.run(assistant.call_tool("get_session"))["isError"] is False


def test_a_double_click_is_one_decision(visitor: Visitor) -> None:
    assistant = visitor.served.assistant()
    visitor.ask(assistant)
    visitor.page.locator("#confirmed").check()
    visitor.page.get_by_role("button", name="Allow").dblclick()
    visitor.sign_in()
    visitor.served.run(assistant.finish(visitor.back_at_the_assistant()))


def test_keyboard_alone_is_enough_and_nothing_that_has_the_focus_is_covered(visitor: Visitor) -> None:
    page = visitor.ask(assistant := visitor.served.assistant())
    focused = []
    while not focused or focused[-1] != "Allow":
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "confirmed":
            page.keyboard.press("Space")
        focused.append(page.evaluate("document.activeElement.innerText.trim()"))
        assert page.evaluate(_UNCOVERED), focused
        assert len(focused) < 14
    assert focused[0] == "Skip to the page"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.innerText.trim()") == "Deny"
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Username")).to_be_focused()
    page.keyboard.type("alice")
    page.keyboard.press("Tab")
    page.keyboard.type("secret")
    page.keyboard.press("Enter")
    visitor.served.run(assistant.finish(visitor.back_at_the_assistant()))


_UNCOVERED = """() => {
  const focused = document.activeElement, box = focused.getBoundingClientRect()
  const top = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2)
  const labels = [...(focused.labels || [])]
  return focused === top || focused.contains(top) || labels.some(label => label.contains(top))
}"""
"""WCAG 2.2 §2.4.11."""


def test_enter_in_the_token_s_field_decides_nothing_and_a_wrong_token_is_told(visitor: Visitor) -> None:
    """Finding 2: a token that can do more is used only after a tick, and the warning is in sight."""
    assistant = visitor.served.assistant()
    page = visitor.ask(assistant)
    page.get_by_text("Use an API token instead").click()
    field = page.get_by_label("API token of")
    field.fill("fmu1-wrong")
    field.press("Enter")
    expect(page).to_have_title("Let a program on this computer in? – mailconnect")
    expect(page.get_by_role("alert")).to_have_count(0)
    visitor.press("Allow")
    expect(page.get_by_role("alert")).to_contain_text("is not one that")
    expect(field).to_be_focused()
    expect(field).to_have_value("")
    field.fill("fmu1-sandbox-alice-full")
    visitor.press("Allow")
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("This token can also change, move and delete mail")
    expect(alert).to_be_focused()
    expect(alert).to_be_in_viewport()
    expect(page).to_have_title("Problem: Let a program on this computer in? – mailconnect")
    visitor.press("Allow")
    expect(alert).to_contain_text("This token can also")  # it was not used: that takes a tick
    page.get_by_label("Use this one all the same").check()
    visitor.press("Allow")
    visitor.served.run(assistant.finish(visitor.back_at_the_assistant()))
    assert visitor.served.run(assistant.call_tool("get_session"))["isError"] is False


def test_no_page_needs_a_script(bridge: Served, browser: Browser) -> None:
    with visiting(bridge, browser, java_script_enabled=False) as visitor:
        assistant = bridge.assistant()
        visitor.connect(assistant)
        assert bridge.run(assistant.call_tool("get_session"))["isError"] is False


def test_a_tool_call_after_the_assistant_gave_its_connection_back_is_401(visitor: Visitor) -> None:
    assistant = visitor.served.assistant()
    visitor.connect(assistant)
    assert assistant.tokens
    bearer = {"authorization": f"Bearer {assistant.tokens.access_token}"}
    visitor.served.run(assistant.revoke())
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}
    answer: httpx.Response = visitor.served.run(
        visitor.served.http.post(f"{visitor.served.issuer}/mcp", json=message, headers=bearer)
    )
    assert answer.status_code == 401
