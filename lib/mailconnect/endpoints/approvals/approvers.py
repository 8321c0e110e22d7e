"""Finds the owner who approves: signed in at the provider, or in a browser that may approve."""

from dataclasses import dataclass, field

from starlette.requests import Request

from mailconnect.endpoints.account.sessions import Sessions
from mailconnect.endpoints.approvals.browsers import TrustedBrowsers
from mailconnect.grants.account_session import form_token
from mailconnect.grants.trusted_browser import TrustedBrowser
from mailconnect.provider.oauth_client import OAuthClient


@dataclass(frozen=True, slots=True)
class Approver:
    """`browser` is there where no session showed who it is."""

    owner: str
    secret: bytes = field(repr=False)
    browser: TrustedBrowser | None = None

    def token(self, action: str) -> str:
        return form_token(self.secret, action)


@dataclass(frozen=True, slots=True)
class SomebodyElse:
    """Signed in to another mailbox than the message's."""

    username: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Approvers:
    sessions: Sessions
    trusted: TrustedBrowsers
    oauth: OAuthClient

    async def of(self, request: Request, owner: str) -> Approver | SomebodyElse | None:
        """An API token does not do where there is a sign-in: it may be one that may only read."""
        signed_in = await self.sessions.of(request)
        enough = signed_in is not None and not (signed_in.session.by_api_token and self.oauth.offers_sign_in)
        if signed_in is not None and enough and signed_in.owner == owner and await self.sessions.is_ours(signed_in):
            return Approver(owner, signed_in.secret)
        browser = await self.trusted.of(request)
        secret = self.trusted.context.approve_cookie.read(request)
        if browser is not None and secret is not None and browser.owner == owner:
            return Approver(owner, secret, browser)
        return SomebodyElse(signed_in.session.username) if signed_in is not None and signed_in.owner != owner else None
