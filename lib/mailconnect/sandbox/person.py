"""A scripted person with a browser: reads what an authorization asks, agrees or refuses, and signs in."""

from typing import Literal

import httpx

from mailconnect.sandbox.browser import Browser, Form, Page, PageError

Decision = Literal["approve", "deny"]
_MAX_PAGES = 12


class Person:
    """api_token: pasted where a page has a field of that name, instead of going to the provider. allows_all: ticks and
    chooses all that a page offers to allow, instead of leaving it as the page stands. sending: how then."""

    def __init__(
        self,
        username: str,
        password: str,
        http: httpx.AsyncClient,
        *,
        api_token: str | None = None,
        allows_all: bool = True,
        sending: str = "approve",
    ) -> None:
        self.browser = Browser(http)
        self._username = username
        self._password = password
        self._api_token = api_token
        self._allows_all = allows_all
        self._sending = sending

    async def authorize(
        self, url: str, redirect_uri: str, *, consent: Decision = "approve", sign_in: Decision = "approve"
    ) -> str:
        """Goes from an authorization URL through consent and sign-in pages to the redirect that the client waits for,
        and returns its URL.  Raises PageError where a page says no or is not understood."""
        page = await self.browser.open(url)
        signed_in_at: set[str] = set()
        for _ in range(_MAX_PAGES):
            if page.location is not None:
                if page.location.startswith(redirect_uri):
                    return page.location
                page = await self.browser.open(page.location)
                continue
            form = self._form(page)
            if "password" in form.names:
                if page.url in signed_in_at:
                    raise PageError(page, "signing in did not work")
                signed_in_at.add(page.url)
            page = await self.browser.submit(page, form, self._filled(form, consent, sign_in))
        raise PageError(page, f"no end after {_MAX_PAGES} pages")

    def _form(self, page: Page) -> Form:
        """The form a person would fill in: one with a decision or a password, else the only one."""
        if page.status >= 400 and not any("knowingly" in form.names for form in page.forms):
            raise PageError(page, "an error page")
        asking = [form for form in page.forms if "password" in form.names or _decides(form)]
        if not asking and len(page.forms) == 1:
            asking = list(page.forms)
        if not asking:
            raise PageError(page, "a page without a form to fill in")
        return asking[0]

    def _filled(self, form: Form, consent: Decision, sign_in: Decision) -> dict[str, str]:
        filled: dict[str, str] = {**form.everything} if self._allows_all and _decides(form) else {}
        if "sending" in filled:
            filled["sending"] = self._sending
        if "password" in form.names:
            filled |= {"username": self._username, "password": self._password}
        if "api_token" in form.names and self._api_token is not None:
            filled["api_token"] = self._api_token
        if _decides(form):
            filled["decision"] = sign_in if "password" in form.names else consent
        elif form.buttons:
            name, value = form.buttons[0]
            filled[name] = value
        return filled


def _decides(form: Form) -> bool:
    return any(name == "decision" for name, _ in form.buttons)
