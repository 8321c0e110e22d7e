"""A person at a browser: the pages that they open, press and see; and the browser's requests and error messages
meanwhile.
"""

import html
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Page, Request, ViewportSize, expect

from mailconnect.sandbox.assistant.assistant import Assistant
from tests.browser.served import Served

API_TOKEN = "fmu1-sandbox-alice-readonly"
"""One that the sandbox knows."""

PHONE = ViewportSize(width=390, height=844)
DESKTOP = ViewportSize(width=1280, height=800)

_T = TypeVar("_T")

_TELL_VIOLATIONS = """document.addEventListener('securitypolicyviolation',
  event => window.__violated(`${event.effectiveDirective} ${event.blockedURI}`))"""


@dataclass
class Visitor:
    served: Served
    context: BrowserContext
    page: Page
    requests: list[Request] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def tab(self) -> "Visitor":
        """Another tab of the same browser."""
        return replace(self, page=self.context.new_page())

    def open(self, path: str) -> Page:
        self.page.goto(f"{self.served.issuer}{path}")
        return self.page

    def ask(self, assistant: Assistant) -> Page:
        """The assistant opens the consent page."""
        self.page.goto(assistant.authorization_url())
        return self.page

    def press(self, name: str) -> None:
        """To allow takes a tick before it, at the box that names where the answer goes."""
        if name == "Allow":
            self.page.locator("#confirmed").check()
        self.page.get_by_role("button", name=name, exact=True).click()

    def sign_in(self, username: str = "alice") -> None:
        """At the provider."""
        expect(self.page).to_have_title(re.compile("Sandbox"))
        self.page.get_by_label("Username").fill(username)
        self.page.get_by_label("Password").fill("secret")
        self.press("Sign in and allow")

    def back_at_the_assistant(self) -> str:
        """The URL that the assistant was waiting for."""
        self.page.wait_for_url(f"{self.served.callback}?*")
        return self.page.url

    def connect(self, assistant: Assistant) -> None:
        self.ask(assistant)
        self.press("Allow")
        self.sign_in()
        self.served.run(assistant.finish(self.back_at_the_assistant()))

    def connect_by_token(self, assistant: Assistant) -> None:
        """One whose answer would leave this machine: the same cookies and forms, and the redirect is not followed."""
        request = self.context.request
        asked = request.get(assistant.authorization_url())
        fields = {
            name: html.unescape(value)
            for name, value in re.findall(r'name="(request|consent)" value="([^"]*)"', asked.text())
        }
        form = fields | {"decision": "approve", "confirmed": "yes", "look": "mailboxes:read", "api_token": API_TOKEN}
        answer = request.post(
            f"{self.served.issuer}/authorize",
            form=form,
            headers={"Origin": self.served.issuer, "Sec-Fetch-Site": "same-origin"},
            max_redirects=0,
        )
        assert answer.status == 303, answer.text()
        self.served.run(assistant.finish(answer.headers["location"]))

    def see_connections(self, username: str = "alice") -> None:
        self.open("/account")
        if self.page.get_by_role("button", name="Sign in").is_visible():
            self.press("Sign in")
            self.sign_in(username)
        expect(self.page.get_by_role("heading", level=1)).to_have_text("What may use your mailbox")
        self.page.wait_for_load_state()  # what is asked of it next without waiting is below the heading

    def choose(self, assistant: str, rung: str) -> None:
        """Of what this assistant may look at, and saved."""
        card = self.page.locator(".connection").filter(has=self.page.get_by_role("heading", level=2, name=assistant))
        if card.get_by_role("link", name="Change what ").count():
            card.get_by_role("link", name="Change what ").click()
        if card.locator("details:not([open])").count():
            card.locator("summary").click()
        card.get_by_label(rung).check()
        card.get_by_role("button", name="Save").click()

    def narrow(self, assistant: str) -> None:
        """To the lowest rung, from the highest."""
        self.choose(assistant, "And the messages, with attachments")
        expect(self.page.get_by_role("status")).to_contain_text("may now, from its next call on")
        self.choose(assistant, "Your folders and their counts")
        expect(self.page.get_by_role("status")).to_contain_text("may no longer: Read your messages and attachments")

    @property
    def origins(self) -> set[str]:
        """That anything was asked of. To open an app of this device asks nobody."""
        urls = [urlsplit(request.url) for request in self.requests]
        return {f"{url.scheme}://{url.netloc}" for url in urls if url.scheme in ("http", "https")}


def _noting(where: list[_T]) -> Callable[[_T], None]:
    """Playwright marks the functions that it is given, and a list's own cannot be marked."""
    return lambda what: where.append(what)  # noqa: PLW0108


@contextmanager
def visiting(served: Served, browser: Browser, **options: Any) -> Iterator[Visitor]:
    """Afterwards: our policy blocked nothing, nothing went elsewhere, and the browser reported no error."""
    context = browser.new_context(**{"viewport": PHONE, "locale": "en-GB"} | options)
    context.set_default_timeout(20_000)
    visitor = Visitor(served, context, context.new_page())
    context.on("request", _noting(visitor.requests))
    context.expose_function("__violated", _noting(visitor.violations))
    context.add_init_script(_TELL_VIOLATIONS)
    context.on("console", lambda said: visitor.complaints.append(said.text) if said.type == "error" else None)
    context.on("weberror", lambda error: visitor.complaints.append(str(error.error)))
    yield visitor
    context.close()
    assert visitor.violations == []
    assert [said for said in visitor.complaints if "Content Security Policy" in said] == []
    assert visitor.origins <= {served.issuer, served.sandbox, served.callback.removesuffix("/callback")}
