"""Browsers that may approve without a sign-in: remembered at a sign-in, listed and ended on the account page."""

import hmac
from dataclasses import dataclass, replace

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mailconnect.audit import Audit
from mailconnect.endpoints.account.guard import ACCOUNT, Guard, to
from mailconnect.endpoints.account.sessions import SignedIn
from mailconnect.endpoints.approvals.browser_name import browser_name
from mailconnect.endpoints.pages.context import PageContext
from mailconnect.grants.tokens.access import to_the_hour
from mailconnect.grants.trusted_browser import LIFETIME, TrustedBrowser, browser_id
from mailconnect.grants.update import NotAfter, Update
from mailconnect.keys.port import Voucher
from mailconnect.store.audit import Actor, What
from mailconnect.store.owned import Owned

PATH = "/account/browsers"
ALL = "all"
_SECRET_BYTES = 32


@dataclass(frozen=True, slots=True)
class TrustedBrowsers:
    context: PageContext
    browsers: Owned[TrustedBrowser]
    audit: Audit
    keys: Voucher

    async def remember(self, request: Request, response: Response, owner: str) -> None:
        """The browser gets a new secret, and what it was trusted with before ends."""
        now = self.context.clock()
        before = await self.of(request)
        secret = self.context.entropy(_SECRET_BYTES)
        called = browser_name(request.headers.get("user-agent", ""))
        browser = TrustedBrowser(
            id=browser_id(secret), owner=owner, called=called, created_at=now, expires_at=now + LIFETIME
        )
        await self.browsers.put(replace(browser, proof=await self.keys.vouch(browser.proven)), now)
        if before is not None:
            await self.browsers.delete(before.id)
        self.context.approve_cookie.set(response, secret)
        await self.audit.of_owner(What.BROWSER_TRUSTED, owner, Actor.OWNER, called)

    async def of(self, request: Request) -> TrustedBrowser | None:
        secret = self.context.approve_cookie.read(request)
        if secret is None:
            return None
        browser = await self.browsers.get(browser_id(secret), self.context.clock())
        return browser if browser is not None and await self._is_ours(browser) else None

    async def _is_ours(self, browser: TrustedBrowser) -> bool:
        """Whether it was remembered here, and not written into the store. Raises KeyUnavailable."""
        return hmac.compare_digest((browser.proof or "").encode(), (await self.keys.vouch(browser.proven)).encode())

    async def of_owner(self, owner: str) -> list[TrustedBrowser]:
        return await self.browsers.of_owner(owner, self.context.clock())

    async def used(self, browser: TrustedBrowser) -> None:
        hour = to_the_hour(self.context.clock())
        if browser.used_at is None or browser.used_at < hour:
            await self.browsers.update(browser.id, Update((NotAfter("used_at", hour),), {"used_at": hour}))

    async def forget(self, owner: str, which: str) -> None:
        """One by its id, or all. Another owner's stays."""
        for browser in await self.of_owner(owner):
            if which in {browser.id, ALL} and await self.browsers.delete(browser.id):
                await self.audit.of_owner(What.BROWSER_FORGOTTEN, owner, Actor.OWNER, browser.called)


@dataclass(frozen=True, slots=True)
class ForgetBrowsers:
    guard: Guard
    trusted: TrustedBrowsers

    def routes(self) -> list[Route]:
        return [self.guard.route(PATH, action=self.forget)]

    async def forget(self, _: Request, signed_in: SignedIn, form: dict[str, str]) -> Response:
        await self.trusted.forget(signed_in.owner, form.get("browser", ""))
        return to(f"{ACCOUNT}#browsers")
