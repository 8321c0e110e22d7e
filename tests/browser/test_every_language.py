"""Every page in every language: whole, on a phone and at 400 %, and read by axe."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.gallery import PAGES
from tests.browser.lingering import lingering, read_in
from tests.browser.served import Served, served
from tests.browser.test_every_page import _COMPLAINTS, _RULES, _WIDER_THAN_ITS_SCREEN
from tests.browser.visitor import DESKTOP, PHONE, visiting
from tests.languages.collect import CODES

pytestmark = pytest.mark.browser

IN_ENGLISH = frozenset({"home", "connect", "privacy", "security"})

_HIGHER_THAN_TWO_LINES = """buttons => buttons.filter(one => one.getClientRects().length &&
  one.getBoundingClientRect().height > 3.6 * parseFloat(getComputedStyle(one).lineHeight || 24)).map(
  one => one.textContent)"""


@pytest.fixture
def bridge(tmp_path: Path) -> Iterator[Served]:
    with served(tmp_path, CONTACT="post@example.com") as running:
        yield running


@pytest.mark.parametrize("name", sorted(PAGES.keys() - IN_ENGLISH))
def test_a_page_is_whole_and_fits_in_each_language(name: str, bridge: Served, browser: Browser, axe: str) -> None:
    with lingering(bridge), visiting(bridge, browser) as visitor:
        PAGES[name](visitor)
        for code in CODES:
            read_in(visitor, code)
            assert visitor.page.locator("html").get_attribute("lang") == code
            for screen in (DESKTOP, {"width": 320, "height": 640}, PHONE):
                visitor.page.set_viewport_size(screen)  # type: ignore[arg-type]
                assert not visitor.page.evaluate(_WIDER_THAN_ITS_SCREEN), (code, screen)
            assert visitor.page.locator("button:visible").evaluate_all(_HIGHER_THAN_TWO_LINES) == [], code
            visitor.page.evaluate(axe)
            assert visitor.page.evaluate(_COMPLAINTS, _RULES) == [], code
