"""Sessions on the account page, in a cookie and the ledger (OWASP ASVS 7.2.4, 7.4)."""

import hmac
from dataclasses import dataclass, field, replace

from starlette.requests import Request
from starlette.responses import Response

from mailconnect.endpoints.pages.context import PageContext
from mailconnect.grants.account_session import (
    LIFETIME,
    AccountSession,
    form_token,
    open_session,
    proven,
    seal_session,
    series_key,
    session_key,
)
from mailconnect.grants.errors import SealBroken
from mailconnect.keys.port import Voucher
from mailconnect.store.errors import AlreadyExists, StoreUnavailable
from mailconnect.store.ledger import Entry, Ledger

_SECRET_BYTES = 32
_SERIES_BYTES = 16
_SERIES_LIFETIME = 86_400


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session and the secret of its cookie."""

    session: AccountSession
    secret: bytes = field(repr=False)

    @property
    def owner(self) -> str:
        return self.session.owner

    def token(self, action: str) -> str:
        """The token of a form that is sent to `action`."""
        return form_token(self.secret, action)


@dataclass(frozen=True, slots=True)
class Sessions:
    ledger: Ledger
    context: PageContext
    keys: Voucher

    async def begin(
        self, request: Request, response: Response, *, owner: str, username: str, by_api_token: bool
    ) -> None:
        """The session gets a new id, also where the browser had one already."""
        await self._forget(request)
        now = self.context.clock()
        secret = self.context.entropy(_SECRET_BYTES)
        series = await self._series(owner, now)
        session = AccountSession(
            owner=owner, username=username, series=series, signed_in_at=now, by_api_token=by_api_token
        )
        session = replace(session, proof=await self.keys.vouch(proven(session, secret)))
        sealed = seal_session(session, secret, self.context.entropy)
        await self.ledger.put(Entry(key=session_key(secret), value=sealed, expires_at=now + LIFETIME), now)
        self.context.session_cookie.set(response, secret)

    async def of(self, request: Request) -> SignedIn | None:
        """The session of the request's cookie; None where there is none, or it has ended."""
        signed_in = await self.last_of(request)
        return signed_in if signed_in is not None and await self.lives(signed_in) else None

    async def lives(self, signed_in: SignedIn) -> bool:
        """False once the owner's sessions were ended everywhere."""
        series = await self.ledger.get(series_key(signed_in.owner), self.context.clock())
        return series is not None and series.value == signed_in.session.series.encode()

    async def is_ours(self, signed_in: SignedIn) -> bool:
        """Whether the session was begun here, and not written into the store. Asked before mail can leave by it, now or
        later. Raises KeyUnavailable.
        """
        wanted = await self.keys.vouch(proven(signed_in.session, signed_in.secret))
        return hmac.compare_digest(signed_in.session.proof.encode(), wanted.encode())

    async def last_of(self, request: Request) -> SignedIn | None:
        """As `of`, but also a session that was ended everywhere. It may only be used to say so."""
        secret = self.context.session_cookie.read(request)
        entry = None if secret is None else await self.ledger.get(session_key(secret), self.context.clock())
        if secret is None or entry is None:
            return None
        try:
            return SignedIn(open_session(entry.value, secret), secret)
        except SealBroken:
            return None

    async def end(self, request: Request, response: Response) -> None:
        await self._forget(request)
        self.context.session_cookie.forget(response)

    async def end_everywhere(self, owner: str) -> None:
        """One write ends all sessions of the owner. A later sign-in starts a new series."""
        await self.ledger.take(series_key(owner), self.context.clock())

    async def _forget(self, request: Request) -> None:
        secret = self.context.session_cookie.read(request)
        if secret is not None:
            await self.ledger.take(session_key(secret), self.context.clock())

    async def _series(self, owner: str, now: int) -> str:
        """The owner's current series, or a new one where the current one would expire before the session."""
        key = series_key(owner)
        entry = await self.ledger.get(key, now)
        if entry is not None and entry.expires_at >= now + LIFETIME:
            return entry.value.decode()
        if entry is not None:
            await self.ledger.take(key, now)
        series = self.context.entropy(_SERIES_BYTES).hex()
        try:
            await self.ledger.put(Entry(key=key, value=series.encode(), expires_at=now + _SERIES_LIFETIME), now)
        except AlreadyExists:  # another browser of this owner was faster
            entry = await self.ledger.get(key, now)
            if entry is None:
                raise StoreUnavailable("the sessions kept changing") from None
            return entry.value.decode()
        return series
