"""The owner with a real browser at an approval link."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from playwright.async_api import Page, async_playwright, expect

from tests.browser.chromium import FLAGS, chromium

_LONGEST = 20_000  # milliseconds


@dataclass(frozen=True, slots=True)
class OwnerAtBrowser:
    page: Page

    async def sends(self, link: str, *, sees: str) -> None:
        await self.page.goto(link)
        await self.page.get_by_role("button", name="Sign in", exact=True).click()
        await self.page.get_by_label("Username").fill("alice")
        await self.page.get_by_label("Password").fill("secret")
        await self.page.get_by_role("button", name="Sign in and allow").click()
        await self._titled("Send this as you?")
        await self.page.goto(link)  # by hand, as from a chat: the sign-in led here from another site
        await expect(self.page.get_by_text(sees)).to_be_visible()
        await self.page.get_by_role("button", name="Send", exact=True).click()
        await expect(self.page.get_by_role("heading", level=1)).to_contain_text("Sent")

    async def _titled(self, title: str) -> None:
        await expect(self.page.get_by_role("heading", level=1)).to_have_text(title)


@asynccontextmanager
async def owner_at_browser() -> AsyncIterator[OwnerAtBrowser]:
    """Raises PeerUnavailableError."""
    program = chromium()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=list(FLAGS))
        context = await browser.new_context(locale="en-GB")
        context.set_default_timeout(_LONGEST)
        yield OwnerAtBrowser(await context.new_page())
        await browser.close()
