"""One careless click: a pop-up asks for a double click, and opens the consent page under it (docs/decisions/0022)."""

from contextlib import suppress

import pytest
from playwright.sync_api import Browser, Error, FloatRect, Page, ViewportSize, expect

from mailconnect.sandbox.assistant.assistant import Assistant
from tests.browser.served import Served
from tests.browser.visitor import DESKTOP, PHONE, Visitor, visiting

pytestmark = pytest.mark.browser

LAYOUTS = pytest.mark.parametrize("layout", [PHONE, DESKTOP], ids=["phone", "desktop"])
PLACES = ["Allow", "box"]


def lured(visitor: Visitor, assistant: Assistant) -> Page:
    """The attacker's pop-up, which goes at the first press; under it the attacker's tab has become our page."""
    visitor.page.goto(visitor.served.callback)
    with visitor.page.expect_popup() as opened:
        visitor.page.evaluate("window.open(location.href, 'lure', 'width=300,height=200') && undefined")
    lure = opened.value
    lure.wait_for_load_state()
    lure.evaluate("addEventListener('mousedown', () => window.close())")
    lure.evaluate("url => { opener.location = url }", f"{assistant.authorization_url()}#contacts-read")
    visitor.page.wait_for_url("**/authorize?*")
    visitor.page.wait_for_load_state()
    return lure


def place_of(visitor: Visitor, name: str) -> FloatRect:
    found = visitor.page.get_by_role("button", name=name) if name == "Allow" else visitor.page.locator("#confirmed")
    box = found.bounding_box()
    assert box
    return box


def click_on(visitor: Visitor, lure: Page, place: FloatRect, clicks: int) -> None:
    """The first press is the pop-up's, which closes. The others land on what lies under it, as fast as a mouse does."""
    lure.mouse.move(50, 50)
    with suppress(Error):  # it may have closed before the press is acknowledged
        lure.mouse.down()
    visitor.page.mouse.move(place["x"] + place["width"] / 2, place["y"] + place["height"] / 2)
    for _ in range(clicks):
        visitor.page.mouse.down()
        visitor.page.mouse.up()
        visitor.page.wait_for_timeout(100)


def nothing_was_decided(visitor: Visitor) -> bool:
    expect(visitor.page.get_by_role("heading", level=1)).to_contain_text("into the sandbox mailbox?")
    posted = [request for request in visitor.requests if request.method == "POST"]
    return visitor.served.sandbox not in visitor.origins and not posted


@pytest.mark.row("CO-18")
@LAYOUTS
@pytest.mark.parametrize("clicks", [1, 12])
@pytest.mark.parametrize("waits", [0, 3000])
@pytest.mark.parametrize("place", PLACES)
def test_a_double_click_that_was_meant_for_a_pop_up_connects_nothing(
    bridge: Served, browser: Browser, layout: ViewportSize, clicks: int, waits: int, place: str
) -> None:
    """However long the page has been under the pop-up, and however often an owner clicks without looking."""
    with visiting(bridge, browser, viewport=layout) as visitor:
        lure = lured(visitor, bridge.assistant())
        visitor.page.wait_for_timeout(waits)
        visitor.page.get_by_role("button", name="Allow").scroll_into_view_if_needed()
        click_on(visitor, lure, place_of(visitor, place), clicks)
        assert nothing_was_decided(visitor)


@pytest.mark.row("CO-18")
@LAYOUTS
def test_a_fragment_scrolls_nothing_out_of_sight(bridge: Served, browser: Browser, layout: ViewportSize) -> None:
    with visiting(bridge, browser, viewport=layout) as visitor:
        assistant = bridge.assistant()
        for fragment in ("contacts-read", "api-token", ":~:text=Privacy"):
            visitor.page.goto("about:blank")
            visitor.page.goto(f"{assistant.authorization_url()}#{fragment}")
            visitor.page.wait_for_timeout(300)
            assert visitor.page.evaluate("scrollY") == 0, fragment
            expect(visitor.page.locator("h1")).to_be_in_viewport()
            expect(visitor.page.locator(".host").first).to_be_in_viewport()


@pytest.mark.row("CO-18")
@LAYOUTS
@pytest.mark.parametrize(
    ("redirect_uri", "names"),
    [
        ("https://poke.example/callback", "I know poke.example"),
        ("https://poke.com/api/v1/mcp/callback", "I asked Poke at poke.com for this"),
    ],
)
def test_the_two_clicks_are_at_two_places_and_the_box_names_where_the_answer_goes(
    bridge: Served, browser: Browser, layout: ViewportSize, redirect_uri: str, names: str
) -> None:
    with visiting(bridge, browser, viewport=layout) as visitor:
        assistant = bridge.assistant("Poke", redirect_uri)
        visitor.ask(assistant)
        box = visitor.page.get_by_label(names, exact=True)
        expect(box).not_to_be_checked()
        label = visitor.page.locator("label[for=confirmed]").bounding_box()
        assert label
        assert label["y"] + label["height"] <= place_of(visitor, "Allow")["y"]
        assert label["height"] >= 44
        visitor.page.get_by_role("button", name="Allow").click()
        expect(box).to_be_focused()
        assert nothing_was_decided(visitor)


@pytest.mark.row("CO-18")
def test_a_browser_that_checks_no_form_is_asked_again(bridge: Served, browser: Browser) -> None:
    with visiting(bridge, browser) as visitor:
        assistant = bridge.assistant()
        visitor.ask(assistant)
        visitor.page.get_by_label("And who writes, when, subject lines").check()
        visitor.page.evaluate("document.forms[0].noValidate = true")
        visitor.page.get_by_role("button", name="Allow").click()
        expect(visitor.page.get_by_role("alert")).to_contain_text("Tick this box to allow")
        expect(visitor.page.locator("#confirmed")).to_be_focused()
        expect(visitor.page.get_by_label("And who writes, when, subject lines")).to_be_checked()
        visitor.press("Allow")
        visitor.sign_in()
        bridge.run(assistant.finish(visitor.back_at_the_assistant()))


def test_to_deny_needs_no_tick(bridge: Served, browser: Browser) -> None:
    with visiting(bridge, browser) as visitor:
        visitor.ask(bridge.assistant())
        visitor.press("Deny")
        assert "error=access_denied" in visitor.back_at_the_assistant()


def test_a_tick_is_not_remembered_by_the_browser(bridge: Served, browser: Browser) -> None:
    with visiting(bridge, browser) as visitor:
        visitor.ask(bridge.assistant())
        visitor.page.locator("#confirmed").check()
        visitor.page.reload()
        expect(visitor.page.locator("#confirmed")).not_to_be_checked()
