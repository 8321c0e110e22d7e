"""The context of every page: settings, templates, the browser's cookies, time and randomness."""

from dataclasses import dataclass
from typing import Self

from mailconnect.clock import Clock, Entropy
from mailconnect.endpoints.http.cookies import Cookie
from mailconnect.endpoints.pages.rendering import Pages
from mailconnect.grants import account_session, sign_in, trusted_browser
from mailconnect.oauth.consent import COOKIE_LIFETIME
from mailconnect.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class PageContext:
    """Made once a process. The cookies are described in endpoints.http.cookies."""

    settings: Settings
    pages: Pages
    consent_cookie: Cookie
    sign_in_cookie: Cookie
    session_cookie: Cookie
    approve_cookie: Cookie
    clock: Clock
    entropy: Entropy

    @classmethod
    def of(cls, settings: Settings, clock: Clock, entropy: Entropy) -> Self:
        return cls(
            settings=settings,
            pages=Pages(settings, entropy),
            consent_cookie=Cookie("consent", secure=settings.secure, lifetime=COOKIE_LIFETIME),
            sign_in_cookie=Cookie("sign-in", secure=settings.secure, lifetime=sign_in.LIFETIME),
            session_cookie=Cookie("session", secure=settings.secure, lifetime=account_session.LIFETIME),
            approve_cookie=Cookie("approve", secure=settings.secure, lifetime=trusted_browser.LIFETIME),
            clock=clock,
            entropy=entropy,
        )
