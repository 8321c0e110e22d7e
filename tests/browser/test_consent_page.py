"""The consent page as an owner meets it: late, without cookies, on every screen, and what each choice says and
grants.
"""

import time
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from tests.browser.gallery import PAGES, POKE
from tests.browser.served import Served
from tests.browser.visitor import Visitor, visiting

pytestmark = pytest.mark.browser

CONSENT = "mailconnect-consent"
QUESTIONS = ["consent", "consent-app", "consent-imitation", "consent-unknown"]
AGAIN = "You took a while, so here is the question again."

_WORDS_IN_SIGHT = """limit => {
  const range = document.createRange(), walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  let count = 0
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (node.parentElement.closest('.skip, svg, [hidden]')) continue
    for (const word of node.data.matchAll(/[^\\s]+/g)) {
      range.setStart(node, word.index); range.setEnd(node, word.index + word[0].length)
      const box = range.getBoundingClientRect()
      const under = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2)
      if (box.width && box.bottom <= limit && under && (under === node.parentElement || under.contains(node))) count++
    }
  }
  return count
}"""


def ends_well(visitor: Visitor, page: Page) -> None:
    visitor.press("Allow")
    visitor.sign_in()
    page.wait_for_url(f"{visitor.served.callback}?*")


@pytest.mark.row("CO-05")
def test_a_page_that_was_left_open_asks_again_and_can_be_answered(visitor: Visitor) -> None:
    """Finding 1: an owner who took longer was told that the page was forged."""
    page = visitor.ask(visitor.served.assistant())
    page.get_by_label("And who writes, when, subject lines").check()
    visitor.served.clock.ahead += 601
    visitor.press("Allow")
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text(AGAIN)
    expect(alert).to_be_focused()
    expect(page.get_by_label("And who writes, when, subject lines")).to_be_checked()
    assert visitor.served.sandbox not in visitor.origins
    ends_well(visitor, page)


@pytest.mark.row("CO-05")
def test_a_page_whose_cookie_the_browser_has_forgotten_by_its_own_clock_is_asked_anew(visitor: Visitor) -> None:
    """Finding 1, on the browser's own clock."""
    page = visitor.ask(visitor.served.assistant())
    [cookie] = [one for one in visitor.context.cookies() if one["name"] == CONSENT]
    assert 3500 < cookie["expires"] - time.time() <= 3600
    visitor.context.add_cookies([{**cookie, "expires": time.time() + 1.5}])  # type: ignore[typeddict-item]
    page.wait_for_function("() => new Promise(later => setTimeout(() => later(true), 2500))")
    assert CONSENT not in [one["name"] for one in visitor.context.cookies()]
    visitor.served.clock.ahead += 3601
    visitor.press("Allow")
    expect(page.get_by_role("alert")).to_contain_text(AGAIN)
    ends_well(visitor, page)


@pytest.mark.row("CO-02")
def test_a_browser_without_cookies_is_told_so_and_can_answer_once_it_keeps_them(visitor: Visitor) -> None:
    page = visitor.ask(visitor.served.assistant())
    visitor.context.clear_cookies()
    visitor.press("Allow")
    expect(page.get_by_role("alert")).to_contain_text("Your browser keeps no cookies for this page.")
    expect(page).to_have_title("Problem: Let a program on this computer in? – mailconnect")
    ends_well(visitor, page)


def test_a_sign_in_may_take_half_an_hour_and_is_told_when_it_took_longer(visitor: Visitor) -> None:
    page = visitor.ask(visitor.served.assistant())
    visitor.press("Allow")
    expect(page.get_by_label("Username")).to_be_visible()
    [cookie] = [one for one in visitor.context.cookies() if one["name"] == "mailconnect-sign-in"]
    assert 1700 < cookie["expires"] - time.time() <= 1800
    visitor.served.clock.ahead += 1801
    visitor.sign_in()
    expect(page.get_by_role("heading", level=1)).to_have_text("Signing in took too long")
    expect(page.locator("main")).to_contain_text("Nothing was connected. Go back to your assistant and connect again.")


def test_the_sentence_beside_the_buttons_follows_the_choices_without_a_script(bridge: Served, browser: Browser) -> None:
    with visiting(bridge, browser, java_script_enabled=False) as visitor:
        page = visitor.ask(bridge.assistant("Poke", POKE))
        said = page.locator(".sum")
        expect(said).to_contain_text(
            "Poke may read your messages, see your contacts. Not change. Not send.", use_inner_text=True
        )
        page.get_by_label("Your contacts").uncheck()
        for rung, words in (
            ("Your folders and their counts", "Poke may see your address and folders. Not"),
            ("And who writes, when, subject lines", "Poke may see who writes, when, and subject lines. Not"),
            ("And the messages, with attachments", "Poke may read your messages. Not"),
        ):
            page.get_by_label(rung).check()
            expect(said).to_contain_text(words, use_inner_text=True)
            expect(said).not_to_contain_text("only look at what is chosen", use_inner_text=True)
            expect(page.locator(".rung:has(#look-1) small")).to_be_visible(visible=rung.startswith("Your folders"))


@pytest.mark.parametrize("name", QUESTIONS)
def test_the_decision_is_in_sight_on_a_phone_a_desktop_and_at_every_zoom(
    name: str, bridge: Served, browser: Browser
) -> None:
    """Finding 6: 1280x680 at 100 %, 200 % and 400 %; a phone at 100 % and, 195 pixels wide, at 200 %."""
    with visiting(bridge, browser) as visitor:
        PAGES[name](visitor)
        page = visitor.page
        for width, height in ((390, 664), (1280, 680), (640, 340), (320, 170), (195, 332)):
            page.set_viewport_size(ViewportSize(width=width, height=height))
            page.evaluate("scrollTo(0, 0)")
            for button in ("Allow", "Deny"):
                box = page.get_by_role("button", name=button).bounding_box()
                assert box
                assert box["y"] + box["height"] <= height, (width, button, box)
                assert box["x"] >= 0
                assert box["x"] + box["width"] <= width
                assert box["height"] >= 44
            assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.set_viewport_size(ViewportSize(width=390, height=664))
        for row in page.locator(".rung").all():
            box = row.bounding_box()
            assert box
            assert box["height"] >= 44


def question(bridge: Served, visitor: Visitor, scope: str) -> Page:
    """Of the known Poke, which asks for `scope`, or for everything."""
    address = urlsplit(bridge.assistant("Poke", POKE).authorization_url())
    asked = dict(parse_qsl(address.query)) | ({"scope": scope} if scope else {})
    visitor.page.goto(urlunsplit(address._replace(query=urlencode(asked))))
    expect(visitor.page.get_by_role("heading", level=1)).to_have_text("Let Poke into the sandbox mailbox?")
    return visitor.page


LOOKING = "mailboxes:read emails:metadata emails:read contacts:read"


@pytest.mark.parametrize(("scope", "maximum"), [(LOOKING, 112), ("", 148)], ids=["looking", "everything"])
def test_the_text_before_the_decision_is_short_and_allow_is_near(
    scope: str, maximum: int, bridge: Served, browser: Browser
) -> None:
    """Finding 18: words on the first screen of a phone, words of the whole question, and pixels down to Allow."""
    with visiting(bridge, browser, viewport={"width": 390, "height": 844}) as visitor:
        page = question(bridge, visitor, scope)
        parts = page.locator(".opening, .choices, .decision").all_inner_texts()
        figures = {"all": len(" ".join(parts).split()), 844: page.evaluate(_WORDS_IN_SIGHT, 844)}
        page.set_viewport_size(ViewportSize(width=390, height=664))
        figures[664] = page.evaluate(_WORDS_IN_SIGHT, 664)
        for width, height in ((1280, 800), (640, 400)):
            page.set_viewport_size(ViewportSize(width=width, height=height))
            box = page.get_by_role("button", name="Allow").bounding_box()
            assert box
            figures[f"Allow at {width}x{height}"] = box["y"]
    bounds = {"all": maximum, 844: 120, 664: 92, "Allow at 1280x800": 480, "Allow at 640x400": 352}
    assert {name: figure for name, figure in figures.items() if figure > bounds[name]} == {}, figures


def test_the_chosen_scopes_are_granted(visitor: Visitor) -> None:
    assistant = visitor.served.assistant()
    page = visitor.ask(assistant)
    expect(page.get_by_label("Your folders and their counts")).to_be_checked()
    page.get_by_label("Your contacts").check()
    ends_well(visitor, page)
    tokens = visitor.served.run(assistant.finish(page.url))
    assert (tokens or assistant.tokens).scope == "contacts:read mailboxes:read session:read"


def test_the_owner_is_prepared_for_the_provider_s_page(visitor: Visitor) -> None:
    """Finding 4: the next page says more than this one, and that was told below the screen."""
    visitor.page.set_viewport_size(ViewportSize(width=390, height=664))
    page = visitor.ask(visitor.served.assistant("Poke", POKE))
    told = page.get_by_text("The sandbox mailbox’s page comes next and will say more. Poke gets only this.")
    expect(told).to_be_in_viewport(ratio=1)
    expect(
        page.get_by_text("Its page will say that mailconnect may read, change and send all your mail")
    ).to_be_visible()


WHO = {
    "consent": ("Known assistant", "Go on only if you asked Poke for this. If somebody else sent you the link, deny."),
    "consent-imitation": ("Not the known Poke", "Poke is at poke.com. This goes elsewhere."),
    "consent-unknown": ("Unknown here", "Nobody here knows this assistant. It chose its name; anybody can."),
    "consent-app": ("Not verified", "Go on only if you started it a moment ago."),
}


@pytest.mark.parametrize("name", WHO)
def test_the_real_poke_is_told_from_an_imitation_an_unknown_host_and_a_program(name: str, visitor: Visitor) -> None:
    """Finding 5: the same red stood beside all of them."""
    PAGES[name](visitor)
    stamp, said = WHO[name]
    expect(visitor.page.locator(".from .stamp")).to_have_text(stamp)
    expect(visitor.page.locator(".from .stamp.good")).to_have_count(int(name == "consent"))
    expect(visitor.page.locator(".opening")).to_contain_text(said)


def test_a_link_leaves_the_question_where_it_is(visitor: Visitor) -> None:
    """Finding 13."""
    page = visitor.ask(visitor.served.assistant())
    for name in ("Privacy notice of", "your account page"):
        with visitor.context.expect_page() as opened:
            page.get_by_role("link", name=name).click()
        opened.value.close()
        expect(page.get_by_role("button", name="Allow")).to_be_visible()
