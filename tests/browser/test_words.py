"""No page has a word that is in no catalog: each is rendered in English with marks around every sentence."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from mailconnect.endpoints.pages.rendering import TRANSLATED, Pages
from tests.browser.gallery import PAGES
from tests.browser.served import Served, served
from tests.browser.test_every_language import IN_ENGLISH
from tests.browser.visitor import visiting
from tests.languages.marking import marked_english, unmarked, untranslatable

pytestmark = pytest.mark.browser

OURS = {"mailconnect", "–", "UTC"}
"""Names of the program, and what is the same in every language."""


@pytest.fixture
def bridge(tmp_path: Path) -> Iterator[Served]:
    with served(tmp_path, CONTACT="post@example.com") as running:
        yield running


@pytest.mark.parametrize("name", sorted(PAGES.keys() - IN_ENGLISH))
def test_every_word_of_a_page_is_in_the_catalogs(
    name: str, bridge: Served, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    found: dict[str, list[str]] = {}
    render = Pages.text

    def text(self: Pages, template: str, **context: Any) -> str:
        html = render(self, template, **context)
        if template in TRANSLATED:
            found.setdefault(template, []).extend(untranslatable(html))
        return unmarked(html)

    monkeypatch.setattr(Pages, "text", text)
    with marked_english(), visiting(bridge, browser) as visitor:
        PAGES[name](visitor)
    assert found, "the way leads to no page of ours"
    left = {template: [w for w in words if {*w.split()} - OURS] for template, words in found.items()}
    assert {template: words for template, words in left.items() if words} == {}
