"""An owner sees their connections, narrows and ends them, and exports what is kept."""

import json
import re
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, ViewportSize, expect

from mailconnect.sandbox.assistant.assistant import Assistant
from tests.browser.gallery import POKE
from tests.browser.served import Served
from tests.browser.visitor import Visitor, visiting

pytestmark = pytest.mark.browser


def call(served: Served, assistant: Assistant, tool: str) -> httpx.Response:
    assert assistant.tokens
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": tool, "arguments": {}}}
    headers = {
        "authorization": f"Bearer {assistant.tokens.access_token}",
        "accept": "application/json, text/event-stream",
        "mcp-protocol-version": "2025-11-25",
    }
    return served.run(served.http.post(f"{served.issuer}/mcp", json=message, headers=headers))


@pytest.fixture
def assistant(visitor: Visitor) -> Assistant:
    """Connected to alice's mailbox."""
    connected = visitor.served.assistant("Poke")
    visitor.connect(connected)
    return connected


def test_a_scope_that_is_switched_off_is_answered_403_and_the_page_comes_back_at_its_card(
    visitor: Visitor, assistant: Assistant
) -> None:
    """Finding 7: what went is said, where it was changed, and the focus is there."""
    visitor.see_connections()
    visitor.narrow("Poke")
    said = visitor.page.get_by_role("status")
    expect(said).to_be_focused()
    expect(said).to_be_in_viewport()
    card = visitor.page.locator(".connection")
    expect(card.get_by_text("You switched off:")).to_be_visible()
    expect(card.get_by_text("You allowed it also:")).to_be_visible()
    visitor.served.run(assistant.refresh())
    refused = call(visitor.served, assistant, "search_emails")
    assert refused.status_code == 403
    assert 'error="insufficient_scope"' in refused.headers["www-authenticate"]
    assert call(visitor.served, assistant, "list_mailboxes").status_code == 200


def test_an_owner_allows_more_and_the_assistant_has_it_after_its_next_call(
    visitor: Visitor, assistant: Assistant
) -> None:
    assert call(visitor.served, assistant, "search_emails").status_code == 403
    visitor.see_connections()
    visitor.choose("Poke", "And the messages, with attachments")
    expect(visitor.page.get_by_role("status")).to_contain_text("may now, from its next call on")
    assert call(visitor.served, assistant, "search_emails").status_code == 401
    visitor.served.run(assistant.refresh())
    assert assistant.tokens
    assert "emails:read" in assistant.tokens.scope
    assert call(visitor.served, assistant, "search_emails").status_code == 200


def test_more_after_five_minutes_takes_a_sign_in_and_is_asked_for_once_more(
    visitor: Visitor, assistant: Assistant
) -> None:
    visitor.see_connections()
    visitor.served.clock.ahead += 301
    visitor.choose("Poke", "And the messages, with attachments")
    expect(visitor.page.get_by_role("heading", level=1)).to_have_text("Sign in to change that")
    visitor.press("Sign in")
    visitor.sign_in()
    expect(visitor.page.get_by_role("heading", level=1)).to_have_text("Change what Poke may do?")
    expect(visitor.page.locator("main")).to_contain_text("may then also: ")
    visitor.press("Save")
    expect(visitor.page.get_by_role("status")).to_contain_text("Read your messages and attachments")


def test_a_lost_session_loses_no_deed(visitor: Visitor, assistant: Assistant) -> None:
    """Finding 7, with the browser's own cookies."""
    visitor.see_connections()
    visitor.context.clear_cookies()
    visitor.press("Disconnect Poke")
    expect(visitor.page.get_by_role("heading", level=1)).to_have_text("You were signed out")
    expect(visitor.page.locator("main")).to_contain_text("So nothing was disconnected.")
    visitor.press("Sign in")
    visitor.sign_in()
    expect(visitor.page.get_by_role("heading", level=1)).to_have_text("Disconnect Poke?")
    assert call(visitor.served, assistant, "get_session").status_code == 200
    visitor.press("Disconnect Poke")
    expect(visitor.page.get_by_role("heading", level=1)).to_have_text("Poke is disconnected")
    assert call(visitor.served, assistant, "get_session").status_code == 401


@pytest.mark.parametrize("viewport", [{"width": 390, "height": 664}, {"width": 1280, "height": 680}])
def test_one_button_in_the_first_screen_ends_all(bridge: Served, browser: Browser, viewport: ViewportSize) -> None:
    """Finding 7: with three connections, it stood 3,470 pixels down."""
    with visiting(bridge, browser, viewport=viewport) as person:
        assistants = [bridge.assistant(name) for name in ("Poke", "Claude Code", "Other")]
        for one in assistants:
            person.connect(one)
        person.see_connections()
        person.choose("Other", "And the messages, with attachments")  # of many, each form is a link away
        expect(person.page.get_by_role("status")).to_contain_text("Other may now")
        person.see_connections()
        button = person.page.get_by_role("button", name="Disconnect all 3 now")
        box = button.bounding_box()
        assert box
        assert box["y"] + box["height"] <= viewport["height"]
        button.click()
        heading = person.page.get_by_role("heading", level=1)
        expect(heading).to_have_text(re.compile(r"(Other|Claude Code|Poke).* and .* are disconnected"))
        for one in assistants:
            assert call(bridge, one, "get_session").status_code == 401


def test_a_receipt_says_who_was_ended_and_what_nobody_can_take_back(
    visitor: Visitor, assistant: Assistant, browser: Browser
) -> None:
    visitor.see_connections()
    visitor.press("Disconnect Poke")
    main = visitor.page.locator("main")
    expect(main).to_contain_text("It can do nothing any more.")
    expect(main).to_contain_text("What Poke has already read, it may have kept. Ask Poke to delete it.")
    address = visitor.page.url
    with visiting(visitor.served, browser) as stranger:  # who has the number reads no name
        stranger.page.goto(address)
        expect(stranger.page.locator("main")).to_contain_text("This connection has ended")
        expect(stranger.page.locator("main")).not_to_contain_text("Poke")
        expect(stranger.page.locator("main")).to_contain_text("it may have kept")


def test_a_cancelled_sign_in_has_two_ways_on(visitor: Visitor) -> None:
    """Finding 7."""
    visitor.open("/account")
    visitor.press("Sign in")
    visitor.press("Cancel")
    main = visitor.page.locator("main")
    expect(main.get_by_role("heading", level=1)).to_have_text("You did not sign in")
    expect(main.get_by_role("heading", name="Cannot sign in?")).to_be_visible()
    main.get_by_role("link", name="Try again").click()
    expect(visitor.page.get_by_role("button", name="Sign in")).to_be_visible()
    expect(visitor.page.get_by_role("heading", name="Cannot sign in?")).to_be_visible()


def test_to_delete_everything_and_to_keep_it_are_in_the_first_screen(visitor: Visitor, assistant: Assistant) -> None:
    """Finding 7: 251 words stood before the button."""
    visitor.page.set_viewport_size({"width": 390, "height": 664})
    visitor.see_connections()
    visitor.page.get_by_role("link", name="Delete everything").click()
    expect(visitor.page.get_by_role("button", name="Delete everything")).to_be_in_viewport(ratio=1)
    expect(visitor.page.get_by_role("link", name="Keep everything")).to_be_in_viewport(ratio=1)


def test_an_assistant_that_never_called_is_not_used_yet(visitor: Visitor, assistant: Assistant) -> None:
    """Finding 12: fetching its tokens is no use."""
    visitor.see_connections()
    card = visitor.page.locator(".connection")
    expect(card).to_contain_text("Not used yet.")
    assert call(visitor.served, assistant, "list_mailboxes").status_code == 200
    visitor.page.reload()
    expect(card).to_contain_text("Used in the last hour.")


def test_sign_ins_are_one_line_and_times_are_periods(visitor: Visitor, assistant: Assistant) -> None:
    """Findings 11 and 17."""
    for _ in range(3):
        visitor.see_connections()
        visitor.press("Sign out")
    visitor.served.clock.ahead += 7200
    visitor.see_connections()
    expect(visitor.page.get_by_text("4 sign-ins on this page.")).to_be_visible()
    expect(visitor.page.locator(".connection")).to_contain_text("Connected 2 hours ago.")
    expect(visitor.page.locator("main")).not_to_contain_text("UTC")
    assert visitor.page.locator("main time").first.get_attribute("datetime")


def test_names_and_hosts_are_not_for_translators(visitor: Visitor, assistant: Assistant) -> None:
    """Finding 11: a translator would make a verb of Poke."""
    visitor.see_connections()
    for locator in (
        visitor.page.get_by_role("heading", name="Poke"),
        visitor.page.locator(".connection .typed"),
        visitor.page.get_by_text("alice@sandbox.test").locator("xpath=.."),
        visitor.page.locator(".mark span"),
    ):
        assert locator.evaluate("el => el.closest('[translate]').getAttribute('translate')") == "no"


def test_the_page_shows_by_host_which_poke_is_which(visitor: Visitor) -> None:
    """Finding 3."""
    visitor.connect_by_token(visitor.served.assistant("Poke", POKE))
    visitor.connect_by_token(visitor.served.assistant("Poke", "https://poke.com.evil.example/cb"))
    visitor.see_connections()
    real = visitor.page.locator(".connection").filter(has_text="Known assistant")
    imitation = visitor.page.locator(".connection").filter(has_text="Not the known Poke")
    expect(real.locator(".typed")).to_have_text("poke.com")
    expect(imitation.locator(".typed")).to_have_text("poke.com.evil.example")
    expect(imitation).to_contain_text("Poke is at poke.com. This goes elsewhere.")
    expect(real).to_contain_text("Another connection has this name but goes elsewhere: poke.com.evil.example.")
    expect(visitor.page.locator("main")).not_to_contain_text("you can disconnect this one")


def test_a_connection_that_is_ended_is_401_at_once_and_has_a_receipt(visitor: Visitor, assistant: Assistant) -> None:
    visitor.see_connections()
    visitor.press("Disconnect Poke")
    expect(visitor.page.get_by_role("heading", level=1)).to_have_text("Poke is disconnected")
    assert call(visitor.served, assistant, "get_session").status_code == 401
    visitor.see_connections()
    expect(visitor.page.get_by_text("No assistant is connected.")).to_be_visible()


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
    expect(visitor.page.locator(".stopped .stamp")).to_have_text("Nothing was done")


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
        visitor.connect(visitor.served.assistant("Other"))
        visitor.see_connections()
        visitor.press("Disconnect both now")
        expect(visitor.page.get_by_role("heading", level=1)).to_have_text("Other and Poke are disconnected")
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
    expect(visitor.page.get_by_text("No assistant is connected.")).to_be_visible()
    expect(visitor.page.get_by_text("Poke")).to_have_count(0)
