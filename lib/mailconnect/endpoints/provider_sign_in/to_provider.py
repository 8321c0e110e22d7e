"""Redirects to the provider's sign-in, and keeps the pending sign-in meanwhile (RFC 6749 §4.1.1, RFC 9700 §4.7)."""

from dataclasses import dataclass, replace

from starlette.responses import RedirectResponse, Response

from mailconnect.endpoints.pages.context import PageContext
from mailconnect.endpoints.pages.rendering import PAGE_HEADERS
from mailconnect.grants.errors import SealBroken
from mailconnect.grants.sign_in import (
    DENIED_LIFETIME,
    LIFETIME,
    USED,
    Pending,
    PendingAccount,
    binding_of,
    denied_key,
    open_pending,
    pending_key,
    provider_code_verifier,
    seal_pending,
    state_of,
)
from mailconnect.oauth.pkce import s256
from mailconnect.oauth.scopes import parse_scope
from mailconnect.provider.authorization import authorization_url
from mailconnect.provider.oauth_client import OAuthClient
from mailconnect.provider.provider import Provider
from mailconnect.store.errors import AlreadyExists
from mailconnect.store.ledger import Entry, Ledger


class PageUsed(Exception):
    """This page has started a sign-in or a decision already, and that is finished."""


@dataclass(frozen=True, slots=True)
class ToProvider:
    context: PageContext
    ledger: Ledger
    oauth: OAuthClient

    async def begin(self, pending: Pending, browser_secret: bytes, nonce: bytes) -> Response:
        """Stores the pending sign-in and sets the cookie: before this, the state exists nowhere. Raises MailboxError,
        PageUsed.

        `nonce` is that of the page on which the owner decided.
        """
        binding = binding_of(browser_secret)
        state = state_of(binding, nonce)
        metadata = await self.oauth.metadata()
        provider = await self.oauth.resolved()
        await self._keep(replace(pending, provider_client_id=provider.client_id or ""), state, binding)
        url = authorization_url(
            provider,
            metadata,
            redirect_uri=self.context.settings.callback,
            scopes=_scopes(provider, pending),
            state=state,
            code_challenge=s256(provider_code_verifier(binding, state)),
        )
        response = RedirectResponse(url, 303, PAGE_HEADERS)
        self.context.sign_in_cookie.set(response, binding)
        return response

    async def use_up(self, browser_secret: bytes, nonce: bytes) -> None:
        """For a decision without a sign-in at the provider: each shown page allows one try. Raises PageUsed."""
        now = self.context.clock()
        state = state_of(binding_of(browser_secret), nonce)
        try:
            await self.ledger.put(Entry(key=pending_key(state), value=USED, expires_at=now + LIFETIME), now)
        except AlreadyExists:
            raise PageUsed from None

    async def deny(self, browser_secret: bytes, nonce: bytes) -> bool:
        """Whether this page was not denied before. It leaves open what else the page is used for."""
        now = self.context.clock()
        key = denied_key(state_of(binding_of(browser_secret), nonce))
        try:
            await self.ledger.put(Entry(key=key, value=b"", expires_at=now + DENIED_LIFETIME), now)
        except AlreadyExists:
            return False
        return True

    async def _keep(self, pending: Pending, state: str, binding: bytes) -> None:
        """A double click finds the sign-in that the first click began. If the owner went back and decided otherwise,
        the last decision counts.
        """
        now = self.context.clock()
        sealed = seal_pending(pending, state, binding, self.context.entropy)
        entry = Entry(key=pending_key(state), value=sealed, expires_at=now + LIFETIME)
        try:
            await self.ledger.put(entry, now)
        except AlreadyExists:
            begun = await self.ledger.get(entry.key, now)
            if begun is None or begun.value == USED:
                raise PageUsed from None
            if _same(begun.value, pending, state, binding):
                return
            if (await self.ledger.take(entry.key, now)) != begun:  # finished in this very moment
                raise PageUsed from None
            await self._put_again(entry, now)

    async def _put_again(self, entry: Entry, now: int) -> None:
        try:
            await self.ledger.put(entry, now)
        except AlreadyExists:
            raise PageUsed from None


def _scopes(provider: Provider, pending: Pending) -> tuple[str, ...]:
    if isinstance(pending, PendingAccount):
        return provider.sign_in_scopes
    return provider.scopes_for(parse_scope(pending.scope))


def _same(sealed: bytes, pending: Pending, state: str, binding: bytes) -> bool:
    try:
        return open_pending(sealed, state, binding) == pending
    except SealBroken:
        return False
