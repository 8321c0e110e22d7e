"""Renewing the provider's token: one refresh in flight per grant, and the new token stored before it is used.

Fastmail revokes the whole connection when a refresh token is used twice. So whoever refreshes holds the grant's lease;
all others wait for the outcome in the store and never call the provider themselves.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import anyio

from lib import audit
from lib.clock import Clock, Entropy
from lib.grants.grant import Grant, State
from lib.grants.lease import LEASE_SECONDS, LONGEST_PAUSE, for_sweep, release_lease, store_refreshed, take_lease
from lib.grants.props import Props, open_props
from lib.grants.retirement import Reason, retire
from lib.grants.update import Equals, Update, applied
from lib.jmap.errors import MailboxError, Throttled
from lib.store.audit import Actor, What
from lib.store.errors import StoreUnavailable
from lib.store.grants import Grants
from lib.trail import Trail
from lib.upstream.connect import give_back
from lib.upstream.errors import ClientRefused, GrantEnded, RenewalUnderWay, TemporarilyRefused
from lib.upstream.oauth_client import OAuthClient
from lib.upstream.token_response import ProviderTokens

WAIT_SECONDS = 3.0
"""How long a request waits for another one's refresh before it asks to be repeated."""

NEEDED_SECONDS = 10.0
"""A refresh is not begun with less time left: cut off half-way it could lose the token."""

_DEFAULT_PAUSE = 30  # seconds, after 429
_STORE_ATTEMPTS = 5
_MOST_UNSTORED = 10_000

Sleep = Callable[[float], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Renewed:
    """The grant as it is now, and its props in clear."""

    grant: Grant
    props: Props


@dataclass(frozen=True, slots=True)
class Renewal:
    """Composed once a process; `time_left` is in seconds (a Lambda's, or infinity)."""

    grants: Grants
    trail: Trail
    oauth: OAuthClient
    clock: Clock
    entropy: Entropy
    sleep: Sleep
    time_left: Callable[[], float]
    _refreshing: set[str] = field(default_factory=set, init=False)
    """Grants whose refresh this process has under way. The lease is by the wall clock, which runs on while a machine
    sleeps; this is not."""
    _unstored: dict[str, Update] = field(default_factory=dict, init=False, repr=False)
    """Refreshed tokens, sealed, that the store would not take: written before anything else once it does again."""

    async def renew(self, grant: Grant, data_key: bytes, *, wait: bool) -> Renewed:
        """Newer props than `grant` has, by our own refresh or, if `wait`, another request's.

        Raises GrantEnded when the provider's grant is proven dead (ours is then retired), RenewalUnderWay, Throttled,
        and whatever else MailboxError the provider's answer was; the connection survives all of those.
        """
        seen, waited = grant, 0.0
        while True:
            attempt_id = self.entropy(16).hex()
            if self.time_left() < NEEDED_SECONDS:
                raise RenewalUnderWay("no time left to refresh")
            await self._store_what_is_left(grant.id)
            now = self.clock()
            alone = grant.id not in self._refreshing
            taken = alone and await self.grants.update(seen.id, take_lease(seen, attempt_id, now))
            current = seen if taken else await self._current(seen)
            # A store that tries again by itself may deny what it did the first time (F-17).
            if taken or current.lease_id == attempt_id:
                # Once begun it is finished, whether or not the assistant still waits for the answer.
                self._refreshing.add(grant.id)
                try:
                    with anyio.CancelScope(shield=True):
                        return await self._refresh(seen, data_key, attempt_id, now)
                finally:
                    self._refreshing.discard(grant.id)
            if current.props_version != seen.props_version:
                return Renewed(current, open_props(current, data_key))
            if current.not_before is not None and now < current.not_before <= now + LONGEST_PAUSE:
                raise Throttled("429", retry_after=current.not_before - now)
            if not wait or waited >= WAIT_SECONDS:
                raise RenewalUnderWay("another refresh takes long")
            pause = 0.05 + self.entropy(1)[0] / 1280  # 50 to 250 ms, so that waiters do not move in step
            await self.sleep(pause)
            waited += pause

    async def _refresh(self, grant: Grant, data_key: bytes, attempt_id: str, leased_at: int) -> Renewed:
        props = open_props(grant, data_key)
        if self.clock() > leased_at + LEASE_SECONDS - NEEDED_SECONDS:
            # The store took long over the lease: it could run out, and another refresh begin, before this one ends.
            await self._release(grant.id, attempt_id, None)
            raise RenewalUnderWay("no time left in the lease")
        try:
            tokens = await self.oauth.refresh(props.refresh_token or "")
        except GrantEnded:
            return await self._ended(grant, data_key, attempt_id)
        except MailboxError as error:
            if isinstance(error, ClientRefused):
                audit.record("client_refused_by_provider")
            await self._release(grant.id, attempt_id, self._pause_after(error))
            raise
        return await self._store(grant, props, tokens, data_key, attempt_id)

    async def _store(
        self, grant: Grant, old: Props, tokens: ProviderTokens, data_key: bytes, attempt_id: str
    ) -> Renewed:
        new = Props(
            access_token=tokens.access_token,
            # A provider that does not rotate sends none back: the old one stays good (RFC 6749 §6).
            refresh_token=tokens.refresh_token or old.refresh_token,
            obtained_at=tokens.obtained_at,
            expires_at=tokens.expires_at,
            scope=tokens.scope or old.scope,
        )
        update = store_refreshed(grant, new, attempt_id, data_key, self.entropy)
        for attempt in range(_STORE_ATTEMPTS):
            try:
                if await self.grants.update(grant.id, update):
                    return Renewed(applied(grant, update) or grant, new)
                current = await self.grants.get(grant.id)
            except StoreUnavailable:
                if attempt < _STORE_ATTEMPTS - 1:
                    await self.sleep(0.1 * 2**attempt)
                continue
            if current is None or current.state is State.RETIRED:
                # Ended while the provider answered: nothing may be left alive there. `sweep` has it to try again.
                if not await give_back(self.oauth, new.refresh_token or new.access_token):
                    await self._try(grant.id, for_sweep(update))
                raise GrantEnded("retired meanwhile")
            # A write whose answer was lost shows by our attempt id; any other version is newer than ours.
            if current.refreshed_by == attempt_id or current.props_version != grant.props_version:
                return Renewed(current, open_props(current, data_key))
        audit.record("refreshed_token_not_stored", grant=audit.grant_hash(grant.id))
        if len(self._unstored) < _MOST_UNSTORED:
            self._unstored[grant.id] = update
        raise StoreUnavailable("the refreshed token could not be stored")

    async def _store_what_is_left(self, grant_id: str) -> None:
        """Raises StoreUnavailable."""
        update = self._unstored.get(grant_id)
        if update is not None:
            await self.grants.update(grant_id, update)
            self._unstored.pop(grant_id, None)

    async def _ended(self, grant: Grant, data_key: bytes, attempt_id: str) -> Renewed:
        """invalid_grant: dead, unless another request has refreshed since `grant` was read."""
        end = retire(Reason.PROVIDER_ENDED, self.clock(), Equals("props_version", grant.props_version))
        if await self._try(grant.id, end):
            await self.trail.of_grant(What.GRANT_RETIRED, grant, Actor.PROVIDER, Reason.PROVIDER_ENDED)
            raise GrantEnded("invalid_grant")
        current = await self._current(grant)
        if current.props_version != grant.props_version:
            return Renewed(current, open_props(current, data_key))
        await self._release(grant.id, attempt_id, None)
        raise GrantEnded("invalid_grant")

    async def _current(self, grant: Grant) -> Grant:
        current = await self.grants.get(grant.id)
        if current is None or current.state is State.RETIRED:
            raise GrantEnded("retired meanwhile")
        return current

    def _pause_after(self, error: MailboxError) -> int | None:
        """Also a 503 may name its time. A failure that names none is tried again by the next who needs the token."""
        pause = error.retry_after or (_DEFAULT_PAUSE if isinstance(error, Throttled | TemporarilyRefused) else None)
        return None if pause is None else self.clock() + min(pause, LONGEST_PAUSE)

    async def _release(self, grant_id: str, attempt_id: str, not_before: int | None) -> None:
        await self._try(grant_id, release_lease(attempt_id, not_before=not_before))

    async def _try(self, grant_id: str, update: Update) -> bool:
        """Where failing changes nothing: the lease runs out by itself."""
        try:
            return await self.grants.update(grant_id, update)
        except StoreUnavailable:
            return False
