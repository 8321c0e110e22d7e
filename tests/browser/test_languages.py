"""The pages in each language, as a person meets them: whole, in their place, and changed with one press."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.gallery import POKE
from tests.browser.served import Served, served
from tests.browser.test_every_page import _COMPLAINTS, _RULES, _WIDER_THAN_ITS_SCREEN
from tests.browser.visitor import DESKTOP, PHONE, Visitor, visiting

pytestmark = pytest.mark.browser

ALLOW = {"de": "Erlauben", "fr": "Autoriser", "ja": "許可する"}
ASKED = {
    "de": "Nur weiter, wenn Sie das selbst bei Poke angefangen haben. Kam der Link von jemand anderem: ablehnen.",
    "fr": "Continuez seulement si vous l'avez demandé à Poke. Si quelqu'un d'autre vous a envoyé le lien, refusez.",
    "ja": "ご自分で Poke に頼んだ場合だけ進んでください。ほかの人から届いたリンクなら拒否してください。",
}
NAMES = {"de": "Deutsch", "fr": "Français", "ja": "日本語"}


@pytest.fixture(scope="module")
def bridge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("bridge"), CONTACT="post@example.com") as running:
        yield running


def fits_and_reads_well(visitor: Visitor, axe: str) -> None:
    for screen in (PHONE, DESKTOP, {"width": 320, "height": 640}):
        visitor.page.set_viewport_size(screen)  # type: ignore[arg-type]
        assert not visitor.page.evaluate(_WIDER_THAN_ITS_SCREEN), screen
    visitor.page.evaluate(axe)
    assert visitor.page.evaluate(_COMPLAINTS, _RULES) == []


@pytest.mark.parametrize("code", ALLOW)
def test_a_person_decides_and_looks_at_their_account_in_their_language(
    code: str, bridge: Served, browser: Browser, axe: str
) -> None:
    with visiting(bridge, browser, locale=code) as visitor:
        page = visitor.ask(bridge.assistant("Poke", POKE))
        expect(page.locator("html")).to_have_attribute("lang", code)
        expect(page.locator(".who-line")).to_have_text(ASKED[code])
        fits_and_reads_well(visitor, axe)
        page.set_viewport_size(PHONE)  # type: ignore[arg-type]
        expect(page.get_by_role("button", name=ALLOW[code])).to_be_in_viewport()
        for path in ("/account/sign-in", "/authorize", "/nowhere"):
            visitor.open(path)
            expect(page.locator("html")).to_have_attribute("lang", code)
            fits_and_reads_well(visitor, axe)
        visitor.open("/account/sign-in")
        page.locator("form.decision button[name=decision]").click()
        visitor.sign_in()
        expect(page.locator("html")).to_have_attribute("lang", code)
        fits_and_reads_well(visitor, axe)


@pytest.mark.parametrize("code", ALLOW)
def test_one_press_changes_the_language_of_this_page_and_of_those_that_follow(
    code: str, bridge: Served, browser: Browser
) -> None:
    with visiting(bridge, browser) as visitor:
        page = visitor.ask(bridge.assistant("Poke", POKE))
        page.get_by_role("link", name=NAMES[code]).click()
        expect(page.get_by_role("button", name=ALLOW[code])).to_be_visible()
        visitor.open("/account/sign-in")
        expect(page.locator("html")).to_have_attribute("lang", code)
        page.get_by_role("link", name="English").click()
        expect(page).to_have_title(re.compile("Sign in"))
