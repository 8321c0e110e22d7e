"""Every page is accessible, fits its screen, weighs at most its budget, and loads nothing from other hosts."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Request

from tests.browser.gallery import PAGES
from tests.browser.served import Served, served
from tests.browser.visitor import DESKTOP, PHONE, Visitor, visiting

pytestmark = pytest.mark.browser

BUDGET = 30 * 1024
"""Bytes over the wire of a page with all that it loads, heads included. The question weighs most."""

_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_COMPLAINTS = """async rules => (await axe.run({runOnly: rules})).violations.map(
  v => `${v.id}: ${v.nodes.map(n => n.target).join(' ')}`)"""
_WIDER_THAN_ITS_SCREEN = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


@pytest.fixture(scope="module")
def bridge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("bridge"), CONTACT="post@example.com") as running:
        yield running


@pytest.fixture
def untouched(tmp_path: Path) -> Iterator[Served]:
    """A bridge that nobody was at: what others did is told on the account page, and would be weighed with it."""
    with served(tmp_path, CONTACT="post@example.com") as running:
        yield running


@pytest.fixture(params=["light", "dark"])
def scheme(request: pytest.FixtureRequest, bridge: Served, browser: Browser) -> Iterator[Visitor]:
    with visiting(bridge, browser, color_scheme=request.param) as person:
        yield person


@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing_and_it_fits_a_phone_and_a_desktop(name: str, scheme: Visitor, axe: str) -> None:
    PAGES[name](scheme)
    scheme.page.wait_for_load_state()  # a way ends at what it looked for, which need not be the page's end
    for screen in (PHONE, DESKTOP, {"width": 320, "height": 640}):  # the last is 1280 at 400 % (WCAG §1.4.10)
        scheme.page.set_viewport_size(screen)  # type: ignore[arg-type]
        assert not scheme.page.evaluate(_WIDER_THAN_ITS_SCREEN), screen
    for screen in (PHONE, DESKTOP):
        scheme.page.set_viewport_size(screen)  # type: ignore[arg-type]
        scheme.page.evaluate(axe)
        assert scheme.page.evaluate(_COMPLAINTS, _RULES) == []


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_within_its_budget_and_painted_after_one_request_more(
    name: str, untouched: Served, browser: Browser
) -> None:
    with visiting(untouched, browser) as person:
        PAGES[name](person)
        person.page.wait_for_load_state("networkidle")
        asked = [request for request in person.requests if request.url.startswith("http")]  # an app may be opened
        requests = [request for request in asked if request.frame.page == person.page]  # not in another tab
        last = max(i for i, request in enumerate(requests) if request.is_navigation_request())
        document = requests[last]
        # The icon is asked for when the browser has time: of the page before, it may be asked for after this page was.
        loaded = {request.url: request for request in requests[last + 1 :]}.values()
        assert sorted(request.resource_type for request in loaded) in (["other", "stylesheet"], ["stylesheet"])
        # A cached file weighs nothing the second time: it counts for the page that first loaded it.
        # The icon of a page that was left at once may never have come.
        first = {request.url: request for request in reversed(requests) if not request.failure}
        weight = _weight(document) + sum(_weight(first[request.url]) for request in loaded)

        assert weight < BUDGET


def _weight(request: Request) -> int:
    sizes = request.sizes()
    return sizes["responseBodySize"] + sizes["responseHeadersSize"]


@pytest.mark.parametrize("name", ["consent", "consent-app", "consent-imitation", "consent-unknown"])
def test_a_person_with_a_phone_sees_who_asks_and_both_answers_without_scrolling(
    name: str, bridge: Served, browser: Browser
) -> None:
    """A phone's browser leaves about 660 of the 844 pixels to the page."""
    with visiting(bridge, browser, viewport={"width": 390, "height": 660}) as person:
        PAGES[name](person)
        for locator in (
            person.page.locator("h1"),
            person.page.locator(".host"),
            person.page.locator(".from .stamp"),
            person.page.get_by_role("group", name="It may look at").locator("legend"),
            person.page.locator(".sum"),
            person.page.locator("#confirmed"),
            person.page.get_by_role("button", name="Allow"),
            person.page.get_by_role("button", name="Deny"),
        ):
            box = locator.bounding_box()
            assert box
            assert box["y"] + box["height"] <= 660, locator
        allow, deny = (person.page.get_by_role("button", name=name).bounding_box() for name in ("Allow", "Deny"))
        assert allow
        assert deny
        assert (allow["width"], allow["height"], allow["y"]) == (deny["width"], deny["height"], deny["y"])


def test_the_privacy_notice_prints_as_a_letter(bridge: Served, browser: Browser) -> None:
    with visiting(bridge, browser, viewport=DESKTOP, color_scheme="dark") as person:
        PAGES["privacy"](person)
        person.page.emulate_media(media="print")
        ink = "el => getComputedStyle(el).color"
        assert person.page.locator("main p").first.evaluate(ink) == "rgb(0, 0, 0)"
        assert not person.page.get_by_role("navigation").is_visible()
        assert person.page.pdf(format="A4").startswith(b"%PDF-")


def test_a_page_can_be_read_where_colours_are_the_reader_s_own(bridge: Served, browser: Browser) -> None:
    with visiting(bridge, browser, forced_colors="active") as person:
        PAGES["consent"](person)
        for name in ("Allow", "Deny"):
            button = person.page.get_by_role("button", name=name)
            assert button.evaluate("el => getComputedStyle(el).borderTopWidth") == "2px"


@pytest.mark.parametrize("code", ["de", "fr", "ja"])
@pytest.mark.parametrize("name", ["consent-unknown", "account-narrowed"])
def test_a_page_in_another_language_is_within_the_same_budget(
    name: str, code: str, untouched: Served, browser: Browser
) -> None:
    """Without the typeface, which has no letter with an accent: their words take more bytes."""
    with visiting(untouched, browser) as person:
        PAGES[name](person)
        address = person.page.url
    with visiting(untouched, browser, locale=code) as person:
        if name == "account-narrowed":
            person.open("/account")
            person.page.locator("form.decision button").last.click()
            person.sign_in()
            person.page.wait_for_url("**/account")
        else:
            person.page.goto(address)
        person.page.wait_for_load_state("networkidle")
        assert person.page.locator("html").get_attribute("lang") == code
        document = next(one for one in reversed(person.requests) if one.is_navigation_request())
        sheet = next(one for one in reversed(person.requests) if one.resource_type == "stylesheet")
        assert "base64" not in str(sheet.response().text())  # type: ignore[union-attr]
        assert _weight(document) + _weight(sheet) < BUDGET
