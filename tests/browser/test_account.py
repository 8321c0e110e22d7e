"""A person sees what is connected, narrows it, ends it, and takes what is held along."""

import json
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, expect

from mailconnect.sandbox.assistant import Assistant
from tests.browser.served import Served
from tests.browser.visitor import Visitor, visiting

pytestmark = pytest.mark.browser


def call(served: Served, assistant: Assistant, tool: str) -> httpx.Response:
    assert assistant.tokens
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": tool, "arguments": {}}}
    headers = {
        "authorization": f"Bearer {assistant.tokens.access_token}",
        "accept": "application/json, text/event-stream",
    }
    return served.run(served.http.post(f"{served.issuer}/mcp", json=message, headers=headers))


@pytest.fixture
def assistant(visitor: Visitor) -> Assistant:
    """Connected to alice's mailbox."""
    connected = visitor.served.assistant("Poke")
    visitor.connect(connected)
    return connected


def test_a_connection_that_is_narrowed_is_answered_403_where_it_is_narrowed(
    visitor: Visitor, assistant: Assistant
) -> None:
    visitor.see_connections()
    visitor.press("Switch off for “Poke”: See the list of your folders")
    expect(visitor.page.get_by_role("heading", name="What you have switched off")).to_be_visible()
    refused = call(visitor.served, assistant, "list_mailboxes")
    assert refused.status_code == 403
    assert 'error="insufficient_scope"' in refused.headers["www-authenticate"]
    assert call(visitor.served, assistant, "get_session").status_code == 200


def test_what_is_unticked_on_the_consent_page_was_never_allowed(visitor: Visitor) -> None:
    assistant = visitor.served.assistant("Poke")
    visitor.ask(assistant)
    visitor.page.get_by_label("See the list of your folders").uncheck()
    visitor.press("Allow")
    visitor.sign_in()
    tokens = visitor.served.run(assistant.finish(visitor.back_at_the_assistant()))
    assert tokens.scope == "session:read"
    assert call(visitor.served, assistant, "list_mailboxes").status_code == 403


def test_nothing_ticked_is_no_decision(visitor: Visitor) -> None:
    visitor.ask(visitor.served.assistant("Poke"))
    for label in ("See which mailbox this is", "See the list of your folders"):
        visitor.page.get_by_label(label).uncheck()
    visitor.press("Allow")
    expect(visitor.page.get_by_role("alert")).to_have_text("Leave at least one of these ticked, or deny.")
    assert visitor.served.sandbox not in visitor.origins


def test_a_connection_that_is_ended_is_401_at_once_and_has_a_receipt(visitor: Visitor, assistant: Assistant) -> None:
    visitor.see_connections()
    visitor.press("Disconnect Poke")
    expect(visitor.page.get_by_role("heading", level=1)).to_have_text("This connection has ended")
    assert call(visitor.served, assistant, "get_session").status_code == 401
    visitor.see_connections()
    expect(visitor.page.get_by_text("No assistant is connected to this mailbox.")).to_be_visible()


def test_the_export_is_a_file_that_can_be_had_once(visitor: Visitor, assistant: Assistant, tmp_path: Path) -> None:
    visitor.see_connections()
    visitor.press("Export")
    link = visitor.page.get_by_role("link", name="Download the file")
    with visitor.page.expect_download() as downloading:
        link.click()
    downloading.value.save_as(tmp_path / "export.json")
    exported = (tmp_path / "export.json").read_text()
    assert "Poke" in exported
    assert isinstance(json.loads(exported), dict)
    assert assistant.tokens
    assert assistant.tokens.access_token not in exported
    visitor.page.goto(link.evaluate("el => el.href"))
    expect(visitor.page.locator(".stopped .stamp")).to_have_text("Returned to sender")


def test_everything_is_deleted_when_it_is_asked_for_and_confirmed(visitor: Visitor, assistant: Assistant) -> None:
    visitor.see_connections()
    visitor.page.get_by_role("link", name="Delete everything").click()
    visitor.press("Delete everything")
    expect(visitor.page.get_by_role("heading", level=1)).to_have_text("Everything is deleted")
    assert call(visitor.served, assistant, "get_session").status_code == 401
    visitor.open("/account")
    expect(visitor.page.get_by_role("button", name="Sign in")).to_be_visible()


def test_another_browser_s_session_ends_with_all_connections(
    visitor: Visitor, assistant: Assistant, browser: Browser
) -> None:
    with visiting(visitor.served, browser) as other:
        other.see_connections()
        visitor.see_connections()
        visitor.press("Disconnect both now")
        expect(visitor.page.get_by_role("heading", level=1)).to_have_text("All your connections have ended")
        other.open("/account")
        expect(other.page.get_by_role("button", name="Sign in")).to_be_visible()
    assert call(visitor.served, assistant, "get_session").status_code == 401


def test_a_session_is_over_after_fifteen_minutes(visitor: Visitor, assistant: Assistant) -> None:
    visitor.see_connections()
    visitor.served.clock.ahead += 901
    visitor.press("Disconnect Poke")
    expect(visitor.page.get_by_role("button", name="Sign in")).to_be_visible()
    assert call(visitor.served, assistant, "get_session").status_code == 200


def test_bob_sees_nothing_of_alice(visitor: Visitor, assistant: Assistant) -> None:
    assert assistant.tokens
    visitor.see_connections("bob")
    expect(visitor.page.get_by_text("No assistant is connected to this mailbox.")).to_be_visible()
    expect(visitor.page.get_by_text("Poke")).to_have_count(0)
