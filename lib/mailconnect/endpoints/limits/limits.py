"""Limits on unauthenticated requests, by address and for all together, and on the calls and refreshes of one grant (RFC
6585 §4).

The address is the connection's (`scope["client"]`), never a header's. It is stored as one of a million buckets. Only
the hour's key tells which one.
"""

import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from starlette.requests import Request

from mailconnect import log, pseudonyms
from mailconnect.endpoints.limits.address_key import AddressKey
from mailconnect.endpoints.limits.hosted_assistants import hosted_at
from mailconnect.endpoints.limits.limiter import Limit, Limiter
from mailconnect.endpoints.limits.newcomers import forwarded_for, is_newcomer
from mailconnect.endpoints.limits.source import (
    AROUND,
    EVERYBODY,
    Network,
    around,
    bucket_of,
    is_shared,
    network_of,
    source_of,
)
from mailconnect.oauth.errors import TemporarilyUnavailable, TooManyRequests
from mailconnect.store.errors import StoreUnavailable


@dataclass(frozen=True, slots=True)
class UnauthenticatedLimit:
    """`each` is for one address, `together` for all; `reserve` is beyond that, for addresses that begin."""

    each: Limit
    together: Limit
    reserve: Limit


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """`on` is False for tests and measurements on one machine."""

    limiter: Limiter
    address_key: AddressKey
    registrations: UnauthenticatedLimit
    hosted: Limit
    fetches: UnauthenticatedLimit
    decisions: UnauthenticatedLimit
    failures: UnauthenticatedLimit
    calls: tuple[Limit, ...]
    refreshes: Limit
    assertions: Limit
    shared: tuple[Network, ...]
    shared_factor: int
    proxies_trusted: bool
    on: bool

    def network_of(self, request: Request) -> str | None:
        """As mailconnect.endpoints.limits.source.network_of; also where the limits are off."""
        return network_of(request.client.host, self.shared) if request.client else None

    async def check(self, limit: UnauthenticatedLimit, request: Request) -> None:
        """Counts the request. Raises TooManyRequests for its address; TemporarilyUnavailable where all unauthenticated
        requests together are too many; StoreUnavailable where it cannot be counted.
        """
        begins = await self.check_address(limit.each, request)
        await self.check_together(limit, request, begins=begins)

    async def check_registration(self, request: Request, redirect_uris: Sequence[str]) -> None:
        """As `check`. Where the address has used up what it may, a client whose responses go to a hosted assistant
        counts among those of that assistant: it registers for many people from few addresses, which nobody publishes.

        Such a client is no newcomer, so the reserve stays for others.
        """
        begins: bool | None = False
        try:
            begins = await self.check_address(self.registrations.each, request)
        except TooManyRequests:
            assistant = hosted_at(redirect_uris)
            if assistant is None or await self.limiter.take(self.hosted, assistant):
                raise
        await self.check_together(self.registrations, request, begins=begins)

    async def check_address(self, limit: Limit, request: Request) -> bool | None:
        """The first half of `check`, where a flood from many addresses must not lock others out.

        Whether this is among the first requests of the address, and of the /48 around it, in this window; None where
        the address is not known.
        """
        counted = self._counted(limit, request)
        begins = True
        for allowed, source in counted:
            taken = await self.limiter.taken(allowed, bucket_of(source, await self.address_key.now()))
            if taken.wait:
                raise TooManyRequests("too many requests from this address", taken.wait)
            begins = begins and is_newcomer(counted[0][0], taken.sum)
        return begins if counted else None

    async def check_together(self, limit: UnauthenticatedLimit, request: Request, *, begins: bool | None) -> None:
        """The second half of `check`; `begins` is the result of `check_address`."""
        if not self.on:
            return
        wait = await self.limiter.take(limit.together, EVERYBODY)
        if wait and not self.limiter.wait(limit.reserve, EVERYBODY):
            if begins is None:
                begins = await self._seems_to_begin(limit.each, request)
            wait = await self.limiter.take(limit.reserve, EVERYBODY) if begins else wait
        if wait:
            log.record("ceiling_reached", what=limit.together.name)
            raise TemporarilyUnavailable("too many requests at this moment", wait)

    async def _seems_to_begin(self, limit: Limit, request: Request) -> bool:
        """Behind a web server that is not trusted no address is known. There, what it says of the address counts for
        the reserve and for nothing else: a forged address gains what one client could have without any.
        """
        if self.proxies_trusted:
            return False
        said = forwarded_for(request)
        if said is None:
            return True
        named = Limit(f"{limit.name}-forwarded", limit.maximum, limit.seconds)
        return is_newcomer(limit, (await self.limiter.taken(named, bucket_of(said, await self.address_key.now()))).sum)

    @contextlib.asynccontextmanager
    async def trying(self, limit: Limit, request: Request) -> AsyncIterator[None]:
        """For dear work that may come to nothing: it is not begun from an address that is at this limit of failures,
        and counts as a failure while it is under way. Raises TooManyRequests.
        """
        with contextlib.ExitStack() as under_way:
            with contextlib.suppress(StoreUnavailable):
                for allowed, source in self._counted(limit, request):
                    bucket = bucket_of(source, await self.address_key.now())
                    wait = self.limiter.wait(allowed, bucket)
                    if wait:
                        raise TooManyRequests("too many failures from this address", wait)
                    under_way.enter_context(self.limiter.at_work(allowed, bucket))
            yield

    def _counted(self, limit: Limit, request: Request) -> list[tuple[Limit, Network]]:
        """The networks that a request is counted for, and as how much each may do."""
        source = source_of(request.client.host) if self.on and request.client else None
        if source is None:
            return []
        allowed = limit.times(self.shared_factor) if is_shared(source, self.shared) else limit
        wider = around(source)
        return [(allowed, source)] if wider is None else [(allowed, source), (allowed.times(AROUND), wider)]

    async def wait_for_call(self, grant_id: str, requests: int, now: int) -> int:
        """Counts the call and returns 0, or returns the seconds after which this grant may call again.

        A call that cannot be counted is allowed. `now`: seconds since the epoch.
        """
        if not self.on:
            return 0
        try:
            for limit in self.calls:
                wait = await self.limiter.take(limit, grant_id, requests, now=now)
                if wait:
                    return wait
        except StoreUnavailable:
            log.record("calls_not_counted", grant=pseudonyms.grant_hash(grant_id))
        return 0

    async def count_assertion(self, client_id: str) -> None:
        """Counts an assertion whose signature was verified: each is stored until it has expired. Raises
        TooManyRequests.
        """
        wait = await self.limiter.take(self.assertions, client_id) if self.on else 0
        if wait:
            raise TooManyRequests("too many assertions of this client", wait)

    def check_refreshes(self, grant_id: str) -> None:
        """Checks before the token is read. Raises TooManyRequests."""
        wait = self.limiter.wait(self.refreshes, grant_id) if self.on else 0
        if wait:
            raise TooManyRequests("too many refreshes of this grant", wait)

    async def count_refresh(self, grant_id: str) -> None:
        """Counts a refresh that has succeeded: failures of others must not use up the client's limit."""
        if self.on:
            with contextlib.suppress(StoreUnavailable):
                await self.limiter.take(self.refreshes, grant_id)
