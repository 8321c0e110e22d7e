"""The first look at `/` and what stands beside it: promises, addresses to copy, who runs it, taps and print."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.served import Served, served
from tests.browser.visitor import DESKTOP, PHONE, Visitor, visiting

pytestmark = pytest.mark.browser

RECIPE = "https://poke.com/r/mailconnect-example"
_SMALL = """() => [...document.querySelectorAll(
    '.top a, .foot a, main button, main summary, main .button, main label.rung')]
  .filter(one => one.offsetParent && one.getBoundingClientRect().height < 43.5)
  .map(one => `${one.textContent.trim()}: ${one.getBoundingClientRect().height}`)"""


@pytest.fixture(scope="module")
def bridge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    settings = {
        "CONTACT": "help@example.com",
        "OPERATOR_NAME": "Example Post Ltd",
        "SOURCE_URL": "https://code.example.com/mailconnect",
        "POKE_RECIPE": RECIPE,
    }
    with served(tmp_path_factory.mktemp("bridge"), **settings) as running:
        yield running


@pytest.fixture
def visitor(bridge: Served, browser: Browser) -> Iterator[Visitor]:
    with visiting(bridge, browser) as person:
        yield person


def test_home_on_one_machine_says_what_runs_here_and_how_to_try_it(visitor: Visitor) -> None:
    """Finding 14."""
    visitor.open("/")
    strip = visitor.page.locator(".strip")
    expect(strip).to_contain_text("This runs on your computer with a play mailbox. Sign in as alice, password secret.")
    expect(strip).to_be_in_viewport(ratio=1)
    expect(strip.get_by_role("link", name="Try it in this browser")).to_have_attribute(
        "href", f"{visitor.served.sandbox}/try"
    )
    strip.get_by_role("link", name="Use a real mailbox").click()
    expect(visitor.page.get_by_role("heading", name="With a real Fastmail mailbox")).to_be_in_viewport()


def test_home_on_one_machine_shows_first_what_can_reach_it(visitor: Visitor) -> None:
    """Finding 14: Poke and Claude on the web stood first, and cannot."""
    visitor.open("/")
    ways = visitor.page.locator(".ways summary span")
    assert ways.first.inner_text() == "Claude Code"
    assert "Poke" in ways.last.inner_text()
    expect(visitor.page.locator(".ways summary small").last).to_have_text("need a public https address")
    expect(visitor.page.get_by_role("link", name="Open Poke")).to_have_count(0)
    expect(visitor.page.get_by_role("link", name="Add to Poke")).to_have_count(0)


def test_home_promises_what_is_so(visitor: Visitor) -> None:
    """Findings 9 and 17."""
    visitor.open("/")
    expect(visitor.page.get_by_role("heading", level=1)).to_have_text("Let your assistant in. It never gets the key.")
    main = visitor.page.locator("main")
    for said in ("Not kept", "Kept, encrypted", "Kept, scrambled", "Not part of this"):
        expect(main.get_by_text(said).first).to_be_visible()
    for not_said in (
        "fingerprint",
        "can never do",
        "Keep the keys",
        "Write or send messages",
        "Change, move or delete",
    ):
        expect(main).not_to_contain_text(not_said)


def test_an_address_is_copied_by_a_long_press_or_sent_by_mail(visitor: Visitor) -> None:
    """Finding 16: a field can be selected as a whole everywhere."""
    visitor.open("/")
    field = visitor.page.get_by_label("The address to give your assistant")
    expect(field).to_have_value(f"{visitor.served.issuer}/mcp")
    assert not field.is_editable()
    mail = visitor.page.get_by_role("link", name="Mail it to me").get_attribute("href")
    assert mail
    assert mail.startswith("mailto:?subject=mailconnect&body=http")
    visitor.open("/connect")
    expect(visitor.page.locator("#claude-code-text")).to_have_value(
        f"claude mcp add --transport http mailconnect {visitor.served.issuer}/mcp"
    )


def test_the_operator_is_named_where_trust_is_asked_for(visitor: Visitor) -> None:
    """Finding 15."""
    for path in ("/", "/account", "/privacy", "/security"):
        visitor.open(path)
        expect(visitor.page.locator(".foot")).to_contain_text("Run by Example Post Ltd")
    visitor.ask(visitor.served.assistant("Poke"))
    expect(visitor.page.locator("main")).to_contain_text("Example Post Ltd, help@example.com")
    visitor.open("/security")
    main = visitor.page.locator("main")
    expect(main.get_by_role("link", name="its source")).to_have_attribute(
        "href", "https://code.example.com/mailconnect"
    )
    expect(main).to_contain_text("This is version ")
    expect(main).to_contain_text("You have an answer within a week.")
    expect(main).not_to_contain_text("whoever gave you this address")
    assert "SECURITY" in main.locator(".postmark").inner_html()


@pytest.mark.parametrize("path", ["/", "/connect", "/account", "/security", "/conect"])
def test_everything_that_is_tapped_is_as_high_as_a_fingertip(visitor: Visitor, path: str) -> None:
    """Finding 17: 44 pixels."""
    visitor.open(path)
    assert visitor.page.evaluate(_SMALL) == []


def test_everything_that_is_tapped_on_the_account_page_is_as_high_as_a_fingertip(visitor: Visitor) -> None:
    visitor.connect(visitor.served.assistant("Claude Code"))
    visitor.see_connections()
    visitor.page.locator(".change summary").click()
    assert visitor.page.evaluate(_SMALL) == []


def test_a_tap_leaves_no_colour_behind(bridge: Served, browser: Browser) -> None:
    """Finding 17: on a phone nothing hovers."""
    with visiting(bridge, browser, has_touch=True, is_mobile=True, viewport=PHONE) as person:
        person.open("/account")
        rules = """() => [...document.styleSheets[0].cssRules].filter(
          rule => rule.selectorText && rule.selectorText.includes(':hover')).length"""
        assert person.page.evaluate(rules) == 0
        assert not person.page.evaluate("matchMedia('(hover: hover)').matches")


def test_the_provider_s_page_of_the_sandbox_fits_a_phone(visitor: Visitor) -> None:
    """Finding 17: it was 396 pixels wide at 390."""
    visitor.open("/account")
    visitor.press("Sign in")
    expect(visitor.page.get_by_label("Username")).to_be_visible()
    assert visitor.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_no_button_is_printed(bridge: Served, browser: Browser) -> None:
    """Finding 17."""
    with visiting(bridge, browser, viewport=DESKTOP) as person:
        person.connect(bridge.assistant("Claude Code"))
        person.see_connections()
        person.page.emulate_media(media="print")
        expect(person.page.get_by_role("heading", level=1)).to_be_visible()
        for button in person.page.locator("main button, main .button").all():
            expect(button).to_be_hidden()


def test_add_to_poke_comes_first_where_poke_can_come(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Finding 16."""
    settings = {"ISSUER": "https://mail.example.com", "POKE_RECIPE": RECIPE}
    with served(tmp_path_factory.mktemp("named"), **settings) as named:
        page = named.run(named.http.get("https://mail.example.com/"))
        assert page.text.index("Add to Poke") < page.text.index("Another assistant")
        assert f'href="{RECIPE}"' in page.text
