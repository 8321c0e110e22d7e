"""The pages that an owner sees after the decision: at an app, at a wrong link, at a page that failed."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.gallery import POKE
from tests.browser.served import Served, served
from tests.browser.visitor import Visitor, visiting

pytestmark = pytest.mark.browser

CURSOR = "cursor://anysphere.cursor-mcp/oauth/callback"


@pytest.fixture(scope="module")
def bridge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("bridge")) as running:
        yield running


@pytest.fixture
def visitor(bridge: Served, browser: Browser) -> Iterator[Visitor]:
    with visiting(bridge, browser) as person:
        yield person


def test_denying_an_app_ends_on_a_page_that_says_so(visitor: Visitor) -> None:
    """Finding 8: the question stood there as if nobody had answered."""
    visitor.ask(visitor.served.assistant("Cursor", CURSOR))
    visitor.press("Deny")
    main = visitor.page.locator("main")
    expect(main.get_by_role("heading", level=1)).to_have_text("Nothing was connected")
    href = main.get_by_role("link", name="Open “Cursor”").get_attribute("href")
    assert href
    assert href.startswith(f"{CURSOR}?error=access_denied")


def test_allowing_an_app_ends_on_a_page_with_a_link_to_it(visitor: Visitor) -> None:
    """Finding 8: the provider's sign-in page stood there with the password typed in."""
    assistant = visitor.served.assistant("Cursor", CURSOR)
    visitor.ask(assistant)
    visitor.press("Allow")
    visitor.sign_in()
    main = visitor.page.locator("main")
    expect(main.get_by_role("heading", level=1)).to_have_text("Back to “Cursor”")
    expect(main).to_contain_text("you can close this page")
    href = main.get_by_role("link", name="Open “Cursor”").get_attribute("href")
    assert href
    assert visitor.served.run(assistant.finish(href)).access_token


REFUSALS = {
    "code_challenge_method=S256": ("code_challenge_method=plain", "You did nothing wrong."),
    "redirect_uri=": ("redirect_uri=https%3A%2F%2Fevil.example%2F&x=", "do not use it."),
    "client_id=": ("client_id=unknown", "In the assistant: remove this connection, then add it again."),
    "scope=": ("scope=calendars%3Aread&x=", "asked for something that this service does not do."),
}


@pytest.mark.parametrize("part", REFUSALS)
def test_every_refused_request_has_plain_words_and_a_way_on(visitor: Visitor, part: str) -> None:
    """Finding 10."""
    wrong, said = REFUSALS[part]
    address = visitor.served.assistant("Poke", POKE).authorization_url()
    visitor.page.goto(address.replace(part, wrong) if part in address else f"{address}&{wrong}")
    main = visitor.page.locator("main")
    expect(main).to_contain_text(said)
    expect(main.locator(".stamp")).to_have_text("Nothing was done")
    expect(main.get_by_role("link", name="See what is connected")).to_be_visible()
    expect(main.get_by_role("link", name="Home page")).to_be_visible()
    if part in ("code_challenge_method=S256", "scope="):
        expect(main.get_by_role("link", name="Back to poke.com")).to_be_visible()
        expect(main).to_contain_text("The assistant is told that it did not work.")


def test_a_fault_that_only_the_makers_can_mend_is_folded(visitor: Visitor) -> None:
    address = visitor.served.assistant("Poke", POKE).authorization_url()
    visitor.page.goto(address.replace("code_challenge_method=S256", "code_challenge_method=plain"))
    details = visitor.page.get_by_text("an S256 code challenge (PKCE, RFC 7636)")
    expect(details).to_be_hidden()
    visitor.page.get_by_text("Its makers need this").click()
    expect(details).to_be_visible()


@pytest.mark.parametrize(
    "path", ["/authorize", "/auth/callback", "/auth/callback?state=x", "/account/receipt", "/conect"]
)
def test_no_error_is_a_dead_end(visitor: Visitor, path: str) -> None:
    """Finding 10."""
    visitor.open(path)
    expect(
        visitor.page.locator("main").get_by_role("link", name=re.compile("connected|Home page")).first
    ).to_be_visible()


def test_a_sign_in_that_is_used_leads_to_what_is_connected(visitor: Visitor) -> None:
    assistant = visitor.served.assistant("Claude Code")
    visitor.ask(assistant)
    visitor.press("Allow")
    visitor.sign_in()
    visitor.back_at_the_assistant()
    callback = next(one.url for one in visitor.requests if "/auth/callback" in one.url)
    visitor.page.goto(callback)
    main = visitor.page.locator("main")
    expect(main.get_by_role("heading", level=1)).to_have_text("You have already signed in")
    main.get_by_role("link", name="See what is connected").click()
    expect(visitor.page).to_have_url(re.compile("/account"))


@pytest.mark.parametrize("path", ["/account/", "/privacy/", "/security/", "/connect/"])
def test_an_address_with_a_slash_too_many_is_found(visitor: Visitor, path: str) -> None:
    """Finding 17."""
    visitor.open(path)
    expect(visitor.page).to_have_url(re.compile(path.rstrip("/")))
    expect(visitor.page.locator(".stamp", has_text="Nothing was done")).to_have_count(0)
