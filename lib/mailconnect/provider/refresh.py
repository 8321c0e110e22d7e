"""The refresh of the provider's token: one refresh in flight per grant, and the new token stored before it is used.

Fastmail revokes the whole connection when a refresh token is used twice. So a refresh holds the grant's lease;
all others wait for the outcome in the store and never call the provider themselves.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import NoReturn

import anyio
from msgspec import structs

from mailconnect import log, pseudonyms
from mailconnect.audit import Audit
from mailconnect.clock import Clock, Entropy
from mailconnect.end_grant import end_grant
from mailconnect.grants.grant import Grant, GrantState
from mailconnect.grants.props import Props, open_props
from mailconnect.grants.provider_refresh.lease import (
    LEASE,
    REFUSED,
    release_lease,
    take_lease,
)
from mailconnect.grants.provider_refresh.refreshed import seal_refreshed
from mailconnect.grants.provider_refresh.refusal import REFRESH_LASTING, refused
from mailconnect.grants.provider_refresh.restored import in_doubt
from mailconnect.grants.retirement import Reason, retire
from mailconnect.grants.update import Equals, Update
from mailconnect.mail.errors import (
    MailboxError,
    Throttled,
    Unreachable,
)
from mailconnect.provider.attempt import AMBIGUOUS, NEEDED_SECONDS, RefreshAttempt, pause_left
from mailconnect.provider.connect import give_back
from mailconnect.provider.errors import ClientRefused, GrantEnded, RefreshRefused, RefreshUnderWay
from mailconnect.provider.oauth_client import OAuthClient
from mailconnect.provider.storing import Sleep, Storing
from mailconnect.store.audit import Actor
from mailconnect.store.errors import StoreUnavailable
from mailconnect.store.grants import Grants

WAIT_SECONDS = 3.0
"""How long a request waits for another one's refresh before it asks to be repeated."""


@dataclass(frozen=True, slots=True)
class NewProps:
    """The grant as it is now, and its props in clear."""

    grant: Grant
    props: Props
    own: bool = False
    """The provider has just issued these tokens to this call. Else another request's refresh did, at any time before.
    """


@dataclass(frozen=True, slots=True)
class ProviderRefresh:
    """Composed once a process; `time_left` is in seconds (a Lambda's, or infinity)."""

    grants: Grants
    audit: Audit
    storing: Storing
    oauth: OAuthClient
    clock: Clock
    entropy: Entropy
    sleep: Sleep
    time_left: Callable[[], float]
    _refreshing: set[str] = field(default_factory=set, init=False)
    """Grants whose refresh this process has under way. The lease is by the wall clock, which runs on while a machine
    sleeps; this is not."""

    async def refresh(self, grant: Grant, data_key: bytes, *, wait: bool) -> NewProps:
        """Newer props than `grant` has, by our own refresh or another request's.

        Not to `wait` means that the access token is still good: then nobody is waited for, and the connection is not
        ended yet for a refresh token that an earlier lost response may have used up.

        Raises GrantEnded when the provider's grant is proven dead (ours is then retired); StoreUnavailable,
        RefreshUnderWay, Throttled, and any other MailboxError of the provider's response: it survives all of those.
        """
        if not wait and (grant.refresh_unknown == REFUSED or pause_left(grant, self.clock())):
            raise RefreshUnderWay("the access token is what is left, or serves for now")
        if in_doubt(grant, data_key, self.clock()):
            if not wait:
                raise RefreshUnderWay("the refresh token may have been used: the access token is what is left")
            await self._end_in_doubt(grant)
        seen, waited, until = grant, 0.0, anyio.current_time() + WAIT_SECONDS
        while True:
            attempt_id = self.entropy(16).hex()
            if self.time_left() < NEEDED_SECONDS:
                raise RefreshUnderWay("no time left to refresh")
            now = self.clock()
            alone = grant.id not in self._refreshing
            taken = alone and await self.grants.update(seen.id, take_lease(seen, attempt_id, now))
            current = seen if taken else await self._current(seen)
            # A store that tries again by itself may deny what it did the first time (F-17).
            if taken or current.lease_id == attempt_id:
                # Once begun it is finished, whether or not the assistant still waits for the response.
                self._refreshing.add(grant.id)
                try:
                    with anyio.CancelScope(shield=True):
                        return await self._lease_taken(
                            RefreshAttempt(seen, data_key, attempt_id, now, last_resort=wait)
                        )
                finally:
                    self._refreshing.discard(grant.id)
            if current.props_version != seen.props_version:
                return _props_of(current, data_key)
            if wanted := pause_left(current, now):
                raise Throttled("429", retry_after=wanted)
            # By the clock too: on a busy machine each look at the store takes long.
            if not wait or waited >= WAIT_SECONDS or anyio.current_time() >= until:
                raise RefreshUnderWay("another refresh takes long")
            seen = current
            pause = self._pause()
            await self.sleep(pause)
            waited += pause

    async def _lease_taken(self, attempt: RefreshAttempt) -> NewProps:
        if attempt.follows_a_lost_answer and await self.storing.deliver(attempt.grant):
            return _props_of(await self._current(attempt.grant), attempt.data_key)
        try:
            if attempt.in_time(self.clock(), self.time_left()):
                await self.oauth.prepare(attempt.props.client_id)
        except MailboxError as error:
            await self._release(attempt, attempt.not_before(error, self.clock()))
            raise
        if not attempt.in_time(self.clock(), self.time_left()):
            # All that took long: this process could be cut off, or another refresh begin, half-way.
            await self._release(attempt)
            raise RefreshUnderWay("no time left for a refresh")
        try:
            tokens = await self._refreshed(attempt)
        except GrantEnded:
            return await self._ended(attempt)
        except RefreshRefused as error:
            return await self._refresh_refused(attempt, error)
        except MailboxError as error:
            unknown = isinstance(error, AMBIGUOUS)
            if unknown:
                log.record("refresh_unknown", grant=pseudonyms.grant_hash(attempt.grant.id))
            if isinstance(error, ClientRefused):
                log.record("client_refused_by_provider")
            await self._release(attempt, attempt.not_before(error, self.clock()), unknown=unknown)
            raise
        return await self._store(attempt, tokens)

    async def _refreshed(self, attempt: RefreshAttempt) -> Props:
        refresh_token, client_id = attempt.props.refresh_token or "", attempt.props.client_id
        try:
            return await self.oauth.refresh(refresh_token, client_id=client_id)
        except Unreachable:
            # Nothing was sent: once more, if there is time (F-03).
            await self.sleep(self._pause())
            if not attempt.in_time(self.clock(), self.time_left()):
                raise
            return await self.oauth.refresh(refresh_token, client_id=client_id)

    async def _store(self, attempt: RefreshAttempt, tokens: Props) -> NewProps:
        old = attempt.props
        new = structs.replace(
            tokens,
            # A provider that does not rotate sends none back: the old one stays good (RFC 6749 §6).
            refresh_token=tokens.refresh_token or old.refresh_token,
            client_id=old.client_id,
        )
        refreshed = seal_refreshed(attempt.grant, new, attempt.id, attempt.data_key, self.entropy)
        current = await self.storing.store(attempt.grant, refreshed)
        if current is None or current.state is GrantState.RETIRED:
            # Ended while the provider answered: nothing may be left alive there. `sweep` has it first, to try again.
            await self.storing.leave_to_sweep(attempt.grant, refreshed)
            await give_back(self.oauth, new.refresh_token or new.access_token, client_id=new.client_id)
            raise GrantEnded("retired meanwhile")
        return replace(_props_of(current, attempt.data_key), own=True)

    async def _ended(self, attempt: RefreshAttempt) -> NewProps:
        """invalid_grant: dead, unless another request has refreshed since the grant was read."""
        grant = attempt.grant
        if attempt.follows_a_lost_answer:
            log.record("refresh_token_lost", grant=pseudonyms.grant_hash(grant.id))
            if not attempt.last_resort:
                await self._try(grant.id, release_lease(attempt.id, refused=True))
                raise RefreshUnderWay("the access token is what is left")
        if await self._end(attempt):
            raise GrantEnded("invalid_grant")
        current = await self._current(grant)
        if current.props_version != grant.props_version:
            return _props_of(current, attempt.data_key)
        if current.lease_id != attempt.id:
            # This process was stopped for long (F-18). What another has got meanwhile may wait in the outbox.
            raise RefreshUnderWay("another has taken over the refresh")
        await self._release(attempt)
        raise GrantEnded("invalid_grant")

    async def _refresh_refused(self, attempt: RefreshAttempt, error: RefreshRefused) -> NewProps:
        """Not the word for a dead token. While the access token serves, nothing is noted; then the first refusal is,
        and one that comes after a while ends the grant. A used token that such a response hides is treated alike.
        """
        now = self.clock()
        log.record("renewal_refused", grant=pseudonyms.grant_hash(attempt.grant.id), reason=str(error))
        update = refused(attempt.grant, now, lasting=REFRESH_LASTING) if attempt.last_resort else None
        if update is not None and "retired_at" in update.set:
            return await self._ended(attempt)
        await self._release(attempt, attempt.not_before(error, self.clock()))
        if update is not None:
            await self._try(attempt.grant.id, update)
        raise error

    async def _end_in_doubt(self, grant: Grant) -> NoReturn:
        """The refresh token is not presented: a provider revokes all when a used one comes (docs/decisions/0024)."""
        end = retire(Reason.RESTORED, self.clock(), Equals("props_version", grant.props_version))
        await end_grant(grant, Reason.RESTORED, Actor.SERVICE, grants=self.grants, audit=self.audit, retirement=end)
        raise GrantEnded("restored from a backup")

    async def _end(self, attempt: RefreshAttempt) -> bool:
        grant = attempt.grant
        as_read = Equals("props_version", grant.props_version), Equals("lease_id", attempt.id)
        end = retire(Reason.PROVIDER_ENDED, self.clock(), *as_read)
        end = replace(end, remove=end.remove | LEASE)
        try:
            return await end_grant(
                grant, Reason.PROVIDER_ENDED, Actor.PROVIDER, grants=self.grants, audit=self.audit, retirement=end
            )
        except StoreUnavailable:
            return False

    async def _current(self, grant: Grant) -> Grant:
        current = await self.grants.get(grant.id)
        if current is None or current.state is GrantState.RETIRED:
            raise GrantEnded("retired meanwhile")
        return current

    def _pause(self) -> float:
        """50 to 250 ms, so that those who wait do not move in step."""
        return 0.05 + self.entropy(1)[0] / 1280

    async def _release(self, attempt: RefreshAttempt, not_before: int | None = None, *, unknown: bool = False) -> None:
        """The deeds of the holder before this one stay unknown."""
        unknown = unknown or attempt.follows_another
        await self._try(attempt.grant.id, release_lease(attempt.id, not_before=not_before, unknown=unknown))

    async def _try(self, grant_id: str, update: Update) -> None:
        """Where failing changes nothing: the lease runs out by itself."""
        with suppress(StoreUnavailable):
            await self.grants.update(grant_id, update)


def _props_of(grant: Grant, data_key: bytes) -> NewProps:
    return NewProps(grant, open_props(grant, data_key))
