"""A client that is a page of another origin connects and calls; a page under a rebound name does not (row 7)."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page

from mailconnect.sandbox.person import Person
from tests.browser.chromium import FLAGS, chromium
from tests.browser.served import Served

pytestmark = pytest.mark.browser

REBOUND = "rebound.example"

CALLS = """async ([url, token]) => {
    const headers = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"};
    if (token) Object.assign(headers, {
        "Authorization": `Bearer ${token}`, "MCP-Protocol-Version": "2025-11-25", "Mcp-Method": "tools/call",
        "Mcp-Session-Id": "x", "Last-Event-ID": "1", "X-Page": "1",
    });
    const params = {"name": "list_mailboxes", "arguments": {}};
    const body = JSON.stringify({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params});
    try {
        const answer = await fetch(url, {"method": "POST", headers, body, "credentials": "omit"});
        return [answer.status, answer.headers.get("WWW-Authenticate"), await answer.text()];
    } catch (error) {
        return [0, null, String(error)];
    }
}"""

LOOKS = """async ([url, token]) => {
    const headers = token ? {"Authorization": `Bearer ${token}`, "Accept": "text/event-stream"} : {};
    return (await fetch(url, {headers})).status;
}"""


class _Page(BaseHTTPRequestHandler):
    page: ClassVar[bytes] = b"<!doctype html><title>A client in a page</title>"

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(self.page)))
        self.end_headers()
        self.wfile.write(self.page)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def port() -> Iterator[int]:
    """The address at which another program of this machine serves a page."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Page)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """In a browser that resolves the foreign names to this machine, as after DNS rebinding."""
    rules = "--host-resolver-rules=MAP *.example 127.0.0.1"
    # Chromium would ask the person before a website reaches this machine. Other browsers do not: the proof is without.
    unasked = "--disable-features=LocalNetworkAccessChecks,LocalNetworkAccessChecksWarn,PrivateNetworkAccessChecks"
    other = browser.browser_type.launch(executable_path=chromium(), args=[*FLAGS, rules, unasked])
    yield other.new_page()
    other.close()


def token_of(bridge: Served) -> str:
    assistant = bridge.assistant(redirect_uri="http://127.0.0.1:33418/callback")
    person = Person("alice", "secret", bridge.http)
    redirected = bridge.run(person.authorize(assistant.authorization_url(), assistant.redirect_uri))
    return bridge.run(assistant.finish(redirected)).access_token


def ask(page: Page, script: str, *arguments: Any) -> Any:
    return page.evaluate(script, list(arguments))


def test_a_page_of_another_origin_finds_the_way_and_calls(bridge: Served, page: Page, port: int) -> None:
    token, url = token_of(bridge), f"{bridge.issuer}/mcp"
    page.goto(f"http://localhost:{port}/")
    status, challenge, _ = ask(page, CALLS, url, None)
    assert status == 401
    assert f'resource_metadata="{bridge.issuer}/.well-known/oauth-protected-resource/mcp"' in challenge
    status, _, text = ask(page, CALLS, url, token)
    assert status == 200
    assert "Inbox" in text
    assert ask(page, LOOKS, url, token) == 405
    assert ask(page, CALLS, f"{url}/", token)[0] == 200


def test_a_rebound_name_reaches_nothing_even_with_a_token(bridge: Served, page: Page) -> None:
    """The page's own origin is the rebound name and the bridge's port, so that no CORS stands in its way."""
    token = token_of(bridge)
    rebound = f"http://{REBOUND}:{urlsplit(bridge.issuer).port}"
    page.route(f"{rebound}/", lambda route: route.fulfill(body="<!doctype html>", content_type="text/html"))
    page.goto(f"{rebound}/")
    for shown in (None, token):
        status, challenge, text = ask(page, CALLS, f"{rebound}/mcp", shown)
        assert (status, challenge) == (421, None), text
        assert "Inbox" not in text
    assert ask(page, LOOKS, f"{rebound}/mcp", token) == 421


def test_a_website_reaches_no_bridge_on_this_machine(bridge: Served, page: Page, port: int) -> None:
    """Its browser asks first (a preflight), is refused, and sends nothing."""
    token = token_of(bridge)
    page.goto(f"http://website.example:{port}/")
    for shown in (None, token):
        assert ask(page, CALLS, f"{bridge.issuer}/mcp", shown)[0] == 0
