"""The pages that anybody may read, and the files that go with them."""

import re

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from mailconnect.endpoints.pages import home
from mailconnect.endpoints.pages.assistants import ASSISTANTS
from mailconnect.endpoints.pages.rendering import PAGE_HEADERS, Pages
from mailconnect.oauth.scopes import NEVER, NOTICE_VERSION, SCOPES
from mailconnect.settings import from_environment
from tests.endpoints.reading import Page

ISSUER = "https://mail.example.com"
EVERY_PAGE = ("/", "/connect", "/privacy", "/security")
BUDGET = 30_000
"""Bytes of a page with all that it loads, as they go over the wire."""


def visitor(**given: str) -> TestClient:
    environment = {"MAILCONNECT_ISSUER": ISSUER} | {f"MAILCONNECT_{name}": value for name, value in given.items()}
    return TestClient(Starlette(routes=home.Home(Pages(from_environment(environment))).routes()), base_url=ISSUER)


def page(path: str, **given: str) -> Page:
    answer = visitor(**given).get(path)
    assert answer.status_code == 200
    return Page.of(answer.text)


@pytest.mark.parametrize("path", EVERY_PAGE)
def test_a_page_has_the_headers_of_pages_loads_its_stylesheet_and_icon_and_nothing_else(path: str) -> None:
    answer = visitor().get(path)
    for name, value in PAGE_HEADERS.items():
        assert answer.headers[name] == value
    read = Page.of(answer.text)
    assert read.inert
    types = [visitor().get(address).headers["content-type"] for address in read.loaded]
    assert types == ["text/css; charset=utf-8", "image/svg+xml"]


@pytest.mark.parametrize("path", EVERY_PAGE)
def test_a_page_and_its_stylesheet_are_small(path: str) -> None:
    answer = visitor().get(path)
    loaded = [visitor().get(address) for address in Page.of(answer.text).loaded]
    assert sum(int(each.headers["content-length"]) for each in (answer, *loaded)) < BUDGET


def test_a_response_that_is_the_same_for_all_is_compressed_for_clients_that_accept_it() -> None:
    for path in (*EVERY_PAGE, "/static/style.css", "/connect.md"):
        plain, small = (visitor().get(path, headers={"accept-encoding": coding}) for coding in ("identity", "gzip, br"))
        assert "content-encoding" not in plain.headers
        assert small.headers["content-encoding"] == "gzip"
        assert small.content == plain.content
        assert plain.headers["vary"] == small.headers["vary"] == "Accept-Encoding"


@pytest.mark.parametrize("path", EVERY_PAGE)
def test_the_operators_settings_are_text_and_no_markup(path: str) -> None:
    hostile = page(path, SERVICE_NAME="<b>Post & Co</b>", CONTACT='<a href="x">')
    plain = page(path, SERVICE_NAME="Post", CONTACT="nobody")
    assert hostile.shape == plain.shape
    assert "<b>Post & Co</b>" in hostile.text


def test_a_contact_is_a_link_where_it_can_be_one() -> None:
    assert page("/", CONTACT="post@example.com").all("a", href="mailto:post@example.com")
    assert page("/", CONTACT="https://example.com/help").all("a", href="https://example.com/help", rel="noreferrer")
    assert "Ask Ada, room 5" in page("/", CONTACT="Ask Ada, room 5").text
    assert not page("/", CONTACT="javascript:alert(1)").all("a", href="javascript:alert(1)")


def test_the_home_page_gives_the_address_to_connect() -> None:
    assert page("/").one("input", id="address")["value"] == f"{ISSUER}/mcp"


def test_the_home_page_has_each_assistant_with_what_to_copy_and_where_to_press() -> None:
    home_page = page("/")
    for assistant in ASSISTANTS:
        assert home_page.one("details", id=assistant.key)
        if assistant.link:
            assert home_page.all("a", href=assistant.link(f"{ISSUER}/mcp"))
        if assistant.snippet:
            assert is_to_copy(assistant.snippet(f"{ISSUER}/mcp"), home_page)


def is_to_copy(text: str, shown: Page) -> bool:
    """In a field where it is one line, else as text."""
    return text in [has.get("value") for has in shown.all("input")] or " ".join(text.split()) in shown.text


def test_an_agent_reads_the_guide_as_plain_text() -> None:
    answer = visitor().get("/connect.md")
    assert answer.headers["content-type"] == "text/markdown; charset=utf-8"
    assert f"- MCP server: {ISSUER}/mcp\n" in answer.text
    for assistant in ASSISTANTS:
        assert f"\n## {assistant.name}\n\n1. " in answer.text
        if assistant.snippet:
            assert f"\n```\n{assistant.snippet(f'{ISSUER}/mcp')}\n```\n" in answer.text
    for scope in SCOPES.values():
        assert f"- `{scope.name}`: {scope.title}. {scope.detail}\n" in answer.text
    for never in NEVER:
        assert f"- {never}.\n" in answer.text
    assert "cannot reach" not in answer.text
    here = visitor(ISSUER="http://127.0.0.1:8787").get("/connect.md").text
    assert here.count("cannot reach this address") == sum(assistant.hosted for assistant in ASSISTANTS)


def test_the_security_page_says_how_to_report() -> None:
    text = page("/security", CONTACT="post@example.com").text
    assert "Write to post@example.com." in text
    assert "The operator has given no address" in page("/security").text


def test_the_guide_has_each_assistant_with_what_to_copy() -> None:
    guide = page("/connect")
    for assistant in ASSISTANTS:
        assert guide.one("section", id=assistant.key)
        assert guide.all("a", href=f"#{assistant.key}")
        if assistant.snippet:
            assert is_to_copy(assistant.snippet(f"{ISSUER}/mcp"), guide)
    assert "cannot reach this address" not in guide.text


def test_the_guide_says_which_assistants_cannot_reach_one_machine() -> None:
    guide = page("/connect", ISSUER="http://127.0.0.1:8787")
    assert guide.text.count("cannot reach this address") == sum(assistant.hosted for assistant in ASSISTANTS)


def test_the_privacy_notice_is_the_file_and_says_what_is_in_force_here() -> None:
    notice = page("/privacy", REFRESH_IDLE="86400", GRANT_LIFETIME=str(30 * 86_400), ACCESS_LIFETIME="600")
    promise = home.PRIVACY_NOTICE.read_text("utf-8").partition("\n")[0].removeprefix("# ")
    assert promise in notice.text
    assert len(notice.all("h1")) == 1
    for sentence in ("one day", "30 days", "10 minutes", f"version {NOTICE_VERSION}", "ask whoever gave you"):
        assert sentence in notice.text, sentence


def test_each_page_of_the_site_leads_to_the_others() -> None:
    for path in EVERY_PAGE:
        links = {has["href"] for has in page(path).all("a")}
        assert set(EVERY_PAGE) <= links
        others = {"/connect.md", "/account", "/.well-known/security.txt"}
        assert not [href for href in links if href.startswith("/") and href not in {*EVERY_PAGE, *others}]


def test_the_icon_is_a_drawing_without_a_script() -> None:
    icon = visitor().get("/favicon.svg")
    assert icon.headers["content-type"] == "image/svg+xml"
    assert Page.of(icon.text).inert


def test_search_engines_find_the_pages_and_no_decision() -> None:
    robots = visitor().get("/robots.txt")
    assert robots.headers["content-type"] == "text/plain; charset=utf-8"
    assert "Disallow: /\n" in robots.text
    assert "/authorize" not in robots.text


def test_files_may_be_kept_by_a_browser_and_change_their_address_with_their_content() -> None:
    assert visitor().get("/static/style.css").headers["cache-control"] == "public, max-age=31536000, immutable"
    assert visitor().get("/favicon.svg").headers["cache-control"] == "public, max-age=86400"
    stylesheets = {page("/", ACCENT=accent).loaded[0] for accent in ("#1c4a9b", "#9b1c4a")}
    assert len(stylesheets) == 2
    assert all(re.fullmatch(r"/static/style\.css\?v=[0-9a-f]{12}", address) for address in stylesheets)


def test_the_stylesheet_loads_nothing_itself() -> None:
    css = visitor().get("/static/style.css").text
    assert re.findall(r"url\((.{0,16})", css) == ["data:font/woff2;"]
    assert "@import" not in css


def test_nothing_but_reading_is_possible() -> None:
    for path in (*EVERY_PAGE, "/static/style.css"):
        assert visitor().post(path).status_code == 405
        assert visitor().head(path).status_code == 200
