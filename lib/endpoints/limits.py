"""What strangers may cause, by their address and all together, and how often one grant may call and be renewed (RFC
6585 §4).

The address is the connection's (`scope["client"]`), never a header's. It is stored as one of a million buckets, which
one nobody can tell who does not have the day's key.
"""

import contextlib
import hmac
from dataclasses import dataclass

from starlette.requests import Request

from lib import audit
from lib.endpoints.address_key import AddressKey
from lib.endpoints.limiter import Limiter
from lib.limits import ADDRESS_DIGITS, AROUND, GRANT_DIGITS, Limit, Network, around, is_shared, network_of, source_of
from lib.oauth.errors import TemporarilyUnavailable, TooManyRequests
from lib.store.errors import StoreUnavailable


@dataclass(frozen=True, slots=True)
class OfStrangers:
    """`each` is for one address, `together` for all."""

    each: Limit
    together: Limit


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """`on` is False for tests and measurements on one machine."""

    limiter: Limiter
    address_key: AddressKey
    registrations: OfStrangers
    fetches: OfStrangers
    decisions: OfStrangers
    failures: OfStrangers
    calls: tuple[Limit, ...]
    refreshes: Limit
    shared: tuple[Network, ...]
    shared_factor: int
    on: bool

    def network_of(self, request: Request) -> str | None:
        """As lib.limits.network_of; also where the limits are off."""
        return network_of(request.client.host, self.shared) if request.client else None

    async def check(self, limit: OfStrangers, request: Request) -> None:
        """Counts it. Raises TooManyRequests; TemporarilyUnavailable where all strangers together are too many; and
        StoreUnavailable, where nobody can tell.
        """
        await self.check_address(limit.each, request)
        if not self.on:
            return
        wait = await self.limiter.take(limit.together, "", ADDRESS_DIGITS)
        if wait:
            audit.record("ceiling_reached", what=limit.together.name)
            raise TemporarilyUnavailable("too many requests at this moment", wait)

    async def check_address(self, limit: Limit, request: Request) -> None:
        """As `check`, for what a flood from many addresses must not keep others from."""
        source = source_of(request.client.host) if self.on and request.client else None
        if source is None:
            return
        allowed = limit.times(self.shared_factor) if is_shared(source, self.shared) else limit
        await self._count(allowed, source)
        wider = around(source)
        if wider is not None:
            await self._count(allowed.times(AROUND), wider)

    async def _count(self, limit: Limit, source: Network) -> None:
        whose = hmac.digest(await self.address_key.today(), str(source).encode(), "sha256").hex()
        wait = await self.limiter.take(limit, whose, ADDRESS_DIGITS)
        if wait:
            raise TooManyRequests("too many requests from this address", wait)

    async def wait_for_call(self, grant_id: str) -> int:
        """0, and it is counted; or after how many seconds this grant may call again. Open where nobody can tell."""
        if not self.on:
            return 0
        try:
            for limit in self.calls:
                wait = await self.limiter.take(limit, grant_id, GRANT_DIGITS)
                if wait:
                    return wait
        except StoreUnavailable:
            audit.record("calls_not_counted", grant=audit.grant_hash(grant_id))
        return 0

    def check_refreshes(self, grant_id: str) -> None:
        """Before the token is looked at. Raises TooManyRequests."""
        wait = self.limiter.wait(self.refreshes, grant_id, GRANT_DIGITS) if self.on else 0
        if wait:
            raise TooManyRequests("too many refreshes of this grant", wait)

    async def count_refresh(self, grant_id: str) -> None:
        """One that was answered with tokens: whoever has none cannot use up what its client may."""
        if self.on:
            with contextlib.suppress(StoreUnavailable):
                await self.limiter.take(self.refreshes, grant_id, GRANT_DIGITS)
