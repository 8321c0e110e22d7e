"""Storing what a refresh has brought: in the grant, or else in the outbox, or else in this process's memory (F-16).

The old token is used up by then, so this one is the only way to the mailbox. The next refresh looks for it first.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from itertools import islice
from math import inf

import anyio

from mailconnect import log, pseudonyms
from mailconnect.grants.grant import Grant, GrantState
from mailconnect.grants.provider_refresh.refreshed import Refreshed, hand_over, store_refreshed
from mailconnect.grants.update import Update, applied
from mailconnect.store.errors import StoreUnavailable
from mailconnect.store.grants import Grants
from mailconnect.store.outbox import Outbox

Sleep = Callable[[float], Awaitable[None]]

PATIENCE = 1.5
"""Seconds that a write may take before the outbox gets the token: the lease does not last for a slower one."""

_ATTEMPTS = 5
_MAX_IN_MEMORY = 10_000
_BETWEEN_TRIES = 5.0
_AT_ONCE = 10  # writes that one call makes for others


@dataclass(slots=True)
class Storing:
    """Composed once a process."""

    grants: Grants
    outbox: Outbox
    sleep: Sleep
    patience: float = inf
    in_hand: dict[str, Refreshed] = field(default_factory=dict, init=False, repr=False)
    """By grant, the tokens that this process alone knows."""

    _not_before: float = field(default=-inf, init=False)

    async def store(self, grant: Grant, refreshed: Refreshed) -> Grant | None:
        """The grant as it is then: with these tokens or newer ones, or retired; None when it is erased.

        Raises StoreUnavailable; the tokens then wait for `deliver`.
        """
        update, waits = store_refreshed(refreshed), False
        for attempt in range(_ATTEMPTS):
            try:
                current = await self._stored(grant, update)
            except StoreUnavailable:
                waits = waits or await self._put(grant, refreshed)
                if attempt < _ATTEMPTS - 1:
                    await self.sleep(0.1 * 2**attempt)
                continue
            # A write whose response was lost shows by the version, and any other of that version is as new.
            if _has(current, refreshed):
                if waits and (current is None or current.state is not GrantState.RETIRED):
                    await self._remove(grant.id, refreshed)
                return current
        if not waits:
            log.record("refreshed_token_not_stored", grant=pseudonyms.grant_hash(grant.id))
            if len(self.in_hand) < _MAX_IN_MEMORY:
                self.in_hand[grant.id] = refreshed
        raise StoreUnavailable("the refreshed token could not be stored")

    async def deliver(self, grant: Grant) -> bool:
        """Stores what waits for this grant. Whether there was anything: if so, it must be read again.

        Raises StoreUnavailable. Only after False may the grant's token be used.
        """
        waiting = self.in_hand.get(grant.id)
        if waiting is not None and waiting.props_version <= grant.props_version:
            # Its write was made after all, and only its response lost. Another process may have gone on from it (F-17).
            del self.in_hand[grant.id]
            waiting = None
        waiting = waiting or await self.outbox.get(grant.id)
        if waiting is None:
            return False
        outdated = waiting.props_version <= grant.props_version
        stored = not outdated and await self.grants.update(grant.id, store_refreshed(waiting))
        if stored or outdated:
            # Else the grant has just been retired: what waits is for `sweep`.
            self.in_hand.pop(grant.id, None)
            await self._remove(grant.id, waiting)
        return not outdated

    async def store_what_is_in_hand(self) -> None:
        """Of whichever grants, a few of them: another process would try the old token when the lease has run out.

        A call that needs none of it waits here for the store: in its trouble one does, every few seconds. So does the
        sweep of one machine.
        """
        if anyio.current_time() < self._not_before:
            return
        self._not_before = anyio.current_time() + _BETWEEN_TRIES
        for grant_id, refreshed in [*islice(self.in_hand.items(), _AT_ONCE)]:
            try:
                if not await self.grants.update(grant_id, store_refreshed(refreshed)):
                    await self.grants.update(grant_id, hand_over(refreshed))
            except StoreUnavailable:
                return
            if self.in_hand.get(grant_id) is refreshed:  # and not newer ones that could not be stored meanwhile
                del self.in_hand[grant_id]
        self._not_before = -inf

    async def leave_to_sweep(self, grant: Grant, refreshed: Refreshed) -> None:
        """The grant was retired meanwhile."""
        try:
            await self.grants.update(grant.id, hand_over(refreshed))
        except StoreUnavailable:
            await self._put(grant, refreshed)

    async def _stored(self, grant: Grant, update: Update) -> Grant | None:
        with anyio.move_on_after(self.patience):
            if await self.grants.update(grant.id, update):
                return applied(grant, update)
            return await self.grants.get(grant.id)
        raise StoreUnavailable("the store takes long")

    async def _put(self, grant: Grant, refreshed: Refreshed) -> bool:
        try:
            await self.outbox.put(grant, refreshed)
        except StoreUnavailable:
            return False
        log.record("refreshed_token_in_outbox", grant=pseudonyms.grant_hash(grant.id))
        return True

    async def _remove(self, grant_id: str, refreshed: Refreshed) -> None:
        """An entry that stays is outdated, and is recognised by its version."""
        try:
            await self.outbox.remove(grant_id, refreshed.props_version)
        except StoreUnavailable:
            return


def _has(current: Grant | None, refreshed: Refreshed) -> bool:
    """Whether nothing is left to store."""
    return current is None or current.state is GrantState.RETIRED or current.props_version >= refreshed.props_version
