"""Grants that are due: an expired one is ended, an ended one is revoked at the provider, erased, and has a receipt."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from mailconnect import log, pseudonyms
from mailconnect.audit import Audit
from mailconnect.clock import Clock
from mailconnect.end_grant import end_grant
from mailconnect.grants.grant import Grant, GrantState
from mailconnect.grants.provider_refresh.lease import lease_runs
from mailconnect.grants.retirement import Reason, postpone, retire_expired
from mailconnect.keys.port import KeyUnavailable
from mailconnect.mail.errors import NotAnswering, Unreachable
from mailconnect.store.audit import Actor, What
from mailconnect.store.errors import RecordUnknown, StoreUnavailable
from mailconnect.store.grants import Grants
from mailconnect.store.ledger import Ledger
from mailconnect.store.outbox import Outbox
from mailconnect.sweep.receipts import write_receipt
from mailconnect.sweep.revocation import Revocation

HAND_OVER_SECONDS = 120
"""A process whose refresh met a failing store and a failing outbox has so long to bring its tokens (F-37): the sweep of
one machine has each process try every minute.
"""

_ROUND = 100
_MAX_SKIPPED = 10_000  # a read each: a minute on DynamoDB, of the five that a round has


@dataclass(frozen=True, slots=True)
class DueGrants:
    """Safe to run twice at once, and to be killed at any step: each step finds what the last one left."""

    grants: Grants
    ledger: Ledger
    audit: Audit
    outbox: Outbox
    revocation: Revocation
    clock: Clock

    async def erase(self) -> int:
        """One round: at most _ROUND grants. Returns how many were erased."""
        erased, unreadable = 0, set[str]()
        async for grant_id in self._due(unreadable):
            try:
                erased += await self._erased(grant_id)
            except RecordUnknown:
                unreadable.add(grant_id)
            # The other grants would wait as long for the same response: the next round begins with them.
            except StoreUnavailable as error:
                interrupted(error, grant_id)
                break
            except (Unreachable, NotAnswering, KeyUnavailable):
                break
        if unreadable:
            log.record("sweep_interrupted", reason=RecordUnknown.__name__, records=len(unreadable))
        return erased

    async def _due(self, unreadable: set[str]) -> AsyncIterator[str]:
        """Yields up to _ROUND due ids. The caller adds unreadable ids to `unreadable`; they are skipped, not counted.

        A grant that another version wrote stays due. So it stays at the front of every round.
        """
        taken, skipped = 0, -1
        while skipped < len(unreadable) <= _MAX_SKIPPED:
            skipped = len(unreadable)
            for grant_id in await self.grants.due(self.clock(), max(_ROUND, skipped), skipped):
                yield grant_id
                taken += 1
                if taken - len(unreadable) >= _ROUND:
                    return

    async def _erased(self, grant_id: str) -> bool:
        grant = await self._ended(grant_id)
        if grant is None or grant.state is not GrantState.RETIRED or grant.due_at > self.clock():
            return False
        outcome = await self.revocation.outcome(grant)
        if outcome is None:
            return False
        until = _tokens_come_until(grant, self.clock())
        if until is not None:
            # The tokens that this provider refresh brings must be revoked too, and they are stored in this grant
            # (F-37).
            await self.grants.update(grant.id, postpone(grant, until))
            return False
        await write_receipt(self.ledger, grant, outcome, self.clock())
        await self.outbox.remove(grant_id, grant.props_version + 1)
        if await self.grants.delete(grant_id):
            await self.audit.of_grant(What.ERASED, grant, Actor.SERVICE, outcome)
        return True

    async def _ended(self, grant_id: str) -> Grant | None:
        """The grant as it is now, after it was ended if its time is over."""
        grant = await self.grants.get(grant_id)
        if grant is None or grant.state is GrantState.RETIRED:
            return grant
        await end_grant(
            grant,
            Reason.EXPIRED,
            Actor.SERVICE,
            grants=self.grants,
            audit=self.audit,
            retirement=retire_expired(self.clock()),
        )
        return await self.grants.get(grant_id)


def _tokens_come_until(grant: Grant, now: int) -> int | None:
    """The end of the lease, and then the end of the time to hand over; None after both, and where no refresh ran."""
    for beyond in (0, HAND_OVER_SECONDS):
        if lease_runs(grant, now, beyond=beyond):
            return (grant.lease_until or 0) + beyond
    return None


def interrupted(error: StoreUnavailable, grant_id: str | None = None) -> None:
    name = pseudonyms.grant_hash(grant_id) if grant_id else None
    log.record("sweep_interrupted", grant=name, reason=type(error).__name__)
