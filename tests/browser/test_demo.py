"""A visitor tries it in this browser: the play assistant connects, calls each tool, and revokes its tokens."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.test_every_page import _COMPLAINTS, _RULES, _WIDER_THAN_ITS_SCREEN
from tests.browser.visitor import DESKTOP, PHONE, Visitor

pytestmark = pytest.mark.browser

READING = ("get_session", "list_mailboxes", "search_emails", "read_emails", "read_attachment")


def connected(visitor: Visitor) -> None:
    """From the home page, everything allowed."""
    visitor.open("/")
    visitor.page.locator(".strip").get_by_role("link", name="Try it in this browser").click()
    visitor.press("Connect")
    expect(visitor.page.get_by_role("heading", level=1)).to_contain_text("Let “Play assistant” into the sandbox")
    visitor.page.get_by_label("And the messages, with attachments").check()
    visitor.page.get_by_label("Write drafts").check()
    visitor.press("Allow")
    visitor.sign_in()
    expect(visitor.page.get_by_role("heading", level=1)).to_have_text("What an assistant gets")


def call(visitor: Visitor, tool: str) -> str:
    """What the model reads."""
    visitor.page.wait_for_load_state()
    if not visitor.page.locator(f"details[open] summary:has-text('{tool}')").count():
        visitor.page.locator("summary").filter(has=visitor.page.get_by_text(tool, exact=True)).click()
    visitor.press(f"Call {tool}")
    expect(visitor.page).to_have_title(re.compile(f"^{tool}: "))
    expect(visitor.page.locator(".told")).to_be_focused()
    return visitor.page.get_by_role("region", name="What the model reads").inner_text()


def looks_well(visitor: Visitor, axe: str) -> None:
    for screen in (PHONE, DESKTOP, {"width": 320, "height": 640}):
        visitor.page.set_viewport_size(screen)  # type: ignore[arg-type]
        assert not visitor.page.evaluate(_WIDER_THAN_ITS_SCREEN), screen
    visitor.page.evaluate(axe)
    assert visitor.page.evaluate(_COMPLAINTS, _RULES) == []


def test_a_person_connects_the_play_assistant_reads_what_it_reads_and_has_the_connection_back(
    visitor: Visitor, axe: str
) -> None:
    visitor.page.goto(f"{visitor.served.sandbox}/try")
    looks_well(visitor, axe)
    connected(visitor)
    assert "code=" not in visitor.page.url
    said = {tool: call(visitor, tool) for tool in READING}
    assert "alice@sandbox.test" in said["get_session"]
    assert "Inbox" in said["list_mailboxes"]
    assert "│ Nimbus Hosting <billing@nimbus.example>" in said["search_emails"]
    assert "attachmentId" in said["read_emails"]
    assert "Invoice number" in said["read_attachment"]
    assert "Nothing is sent" in call(visitor, "write_draft")
    looks_well(visitor, axe)
    call(visitor, "list_mailboxes")
    visitor.page.get_by_text("The same for programs").click()
    expect(visitor.page.get_by_role("region", name="The same for programs")).to_contain_text('"role": "inbox"')
    visitor.press("Give the connection back")
    expect(visitor.page.get_by_role("heading", level=1)).to_have_text("Given back")
    expect(visitor.page.locator("main")).to_contain_text("was refused with 401")
    looks_well(visitor, axe)
    visitor.see_connections()
    expect(visitor.page.get_by_text("No assistant is connected.")).to_be_visible()


def test_the_play_assistant_has_the_tools_that_were_allowed_and_no_more(visitor: Visitor) -> None:
    visitor.page.goto(f"{visitor.served.sandbox}/try")
    visitor.press("Connect")
    visitor.press("Allow")  # of a program that nobody knows: the lowest rung
    visitor.sign_in()
    tools = visitor.page.locator(".ways summary span").all_inner_texts()
    assert tools == ["get_session", "list_mailboxes", "request_access"]
    assert "The owner does not allow this yet" in call(visitor, "request_access")
    visitor.page.locator("input[name=tool]").first.evaluate("it => { it.value = 'search_emails' }")
    visitor.page.locator("summary").first.click()
    visitor.press("Call get_session")
    expect(visitor.page.get_by_role("heading", name="Refused: search_emails")).to_be_visible()
    visitor.see_connections()
    visitor.press("Disconnect Play assistant")
    visitor.page.goto(f"{visitor.served.sandbox}/try")
    visitor.page.locator("summary").first.click()
    visitor.press("Call get_session")
    expect(visitor.page.get_by_role("heading", level=1)).to_have_text("The connection has ended")
    visitor.press("Connect again")
    visitor.press("Deny")
    expect(visitor.page.get_by_role("heading", level=1)).to_have_text("You said no")
