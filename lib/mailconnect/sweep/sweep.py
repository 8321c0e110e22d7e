"""Keeping the promises of PRIVACY.md: what has ended is revoked at the provider and erased, and a receipt says so."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

from mailconnect import log, pseudonyms
from mailconnect.audit import Trail
from mailconnect.clock import Clock
from mailconnect.grants.errors import SealBroken
from mailconnect.grants.grant import Grant, State
from mailconnect.grants.lease import lease_runs
from mailconnect.grants.props import open_props
from mailconnect.grants.retirement import Reason, postpone, retire, retire_expired
from mailconnect.keys.port import DataKeyOpener, KeyUnavailable
from mailconnect.ledger_keys import Kind, ledger_key
from mailconnect.mail.errors import MailboxError, NotAnswering, Unreachable
from mailconnect.provider.oauth_client import OAuthClient
from mailconnect.store.audit import ERASURES, Actor, Event, What, pages_of
from mailconnect.store.clients import Clients
from mailconnect.store.counters import Counters
from mailconnect.store.errors import AlreadyExists, RecordUnknown, StoreUnavailable
from mailconnect.store.grants import Grants
from mailconnect.store.known import known
from mailconnect.store.ledger import Entry, Ledger
from mailconnect.store.outbox import Outbox

RECEIPT_LIFETIME = 400 * 86_400
GIVE_UP_AFTER = 7 * 86_400
"""Seconds that a revocation at the provider is tried for; then the grant is erased all the same.

From the first attempt that failed to the last: time in which nobody asked the provider is not of it.
"""

KEY_LOST_AFTER = 30 * 86_400
"""Seconds after its end from which a grant is erased that no key of ours opened: as long as KMS can bring one back."""

LATEST_EVENT = 900
"""Seconds after which no request that was under way can still write an event: the longest that Lambda runs."""

_FIRST_PAUSE, _LONGEST_PAUSE, _LONGEST_FOR_KEY = 60, 6 * 3600, 3600
_ROUND = 100
_MOST_PASSED = 10_000  # a read each: a minute on DynamoDB, of the five that the round has


@dataclass(frozen=True, slots=True)
class Sweep:
    """Safe to run twice at once, and to be killed at any step: each step finds what the last one left."""

    clients: Clients
    grants: Grants
    ledger: Ledger
    counters: Counters
    trail: Trail
    outbox: Outbox
    opener: DataKeyOpener
    oauth: OAuthClient
    clock: Clock

    async def run(self) -> int:
        """One round; how many records of people were erased."""
        erased = await self._end_due()
        erased += await self._erase_owners()
        await self.clients.delete_expired(self.clock())
        await self.ledger.delete_expired(self.clock())
        await self.counters.delete_expired(self.clock())
        await self.trail.events.delete_expired(self.clock())
        return erased

    async def _end_due(self) -> int:
        erased, unknown = 0, set[str]()
        async for grant_id in self._due(unknown):
            try:
                erased += await self._end(grant_id)
            except RecordUnknown:
                unknown.add(grant_id)
            # The rest would wait as long for the same answer: the next round begins with them.
            except StoreUnavailable as error:
                self._interrupted(error, grant_id)
                break
            except (Unreachable, NotAnswering, KeyUnavailable):
                break
        if unknown:
            log.record("sweep_interrupted", reason=RecordUnknown.__name__, records=len(unknown))
        return erased

    async def _due(self, unknown: set[str]) -> AsyncIterator[str]:
        """A round's ids. Whoever takes them adds to `unknown` what another version wrote: that stays due, and so at
        the front, where it counts for nothing and is looked past.
        """
        taken, past = 0, -1
        while past < len(unknown) <= _MOST_PASSED:
            past = len(unknown)
            for grant_id in await self.grants.due(self.clock(), max(_ROUND, past), past):
                yield grant_id
                taken += 1
                if taken - len(unknown) >= _ROUND:
                    return

    def _interrupted(self, error: StoreUnavailable, grant_id: str | None = None) -> None:
        name = pseudonyms.grant_hash(grant_id) if grant_id else None
        log.record("sweep_interrupted", grant=name, reason=type(error).__name__)

    async def _end(self, grant_id: str) -> bool:
        grant = await self.grants.get(grant_id)
        if grant is not None and grant.state is not State.RETIRED:
            if await self.grants.update(grant_id, retire_expired(self.clock())):
                await self.trail.of_grant(What.GRANT_RETIRED, grant, Actor.SERVICE, Reason.EXPIRED)
            grant = await self.grants.get(grant_id)
        if grant is None or grant.state is not State.RETIRED or grant.due_at > self.clock():
            return False
        try:
            outcome = await self._revoke(grant)
        except KeyUnavailable as error:
            if self.clock() - (grant.retired_at or 0) < KEY_LOST_AFTER:
                await self._postpone(grant, _pause_for_key(grant, self.clock()), error)
                raise
            outcome = self._give_up(grant, "not_readable")
        except MailboxError as error:
            if _asked_for(grant) < GIVE_UP_AFTER:
                await self._postpone(grant, _pause(grant), error)
                if isinstance(error, Unreachable | NotAnswering):
                    raise
                return False
            outcome = self._give_up(grant, "not_confirmed")
        if lease_runs(grant, self.clock()):
            # What that renewal brings is to be revoked too, and it lies where this grant does (F-37).
            await self.grants.update(grant.id, postpone(grant, grant.lease_until or 0))
            return False
        await self._write_receipt(grant, outcome)
        await self.outbox.remove(grant_id, grant.props_version + 1)
        if await self.grants.delete(grant_id):
            await self.trail.of_grant(What.ERASED, grant, Actor.SERVICE, outcome)
        return True

    async def _postpone(self, grant: Grant, pause: int, error: MailboxError | KeyUnavailable) -> None:
        asked = isinstance(error, MailboxError)
        attempts = (grant.revoke_attempts or 0) + asked
        name = pseudonyms.grant_hash(grant.id)
        log.record("revocation_postponed", grant=name, reason=type(error).__name__, attempts=attempts)
        await self.grants.update(grant.id, postpone(grant, self.clock() + pause, asked=asked))

    def _give_up(self, grant: Grant, outcome: str) -> str:
        log.record("revocation_given_up", grant=pseudonyms.grant_hash(grant.id), reason=outcome)
        return outcome

    async def _erase_owners(self) -> int:
        """What was asked by Trail.request_erasure; how many events went."""
        erased = 0
        try:
            async for page in pages_of(self.trail.events, ERASURES, self.clock()):
                for asked in page.events:
                    erased += await self._erase_owner(asked, asked.reason or "")
        except StoreUnavailable as error:
            self._interrupted(error)
        return erased

    async def _erase_owner(self, asked: Event, owner: str) -> int:
        """Asked again until no connection of before is left and no request of before can still tell of one.

        Whoever connects anew meanwhile begins anew, and keeps what is told of that.
        """
        found = await known(self.grants, await self.grants.owned_by(owner))
        grants = [grant for grant in found.grants if grant.owner == owner]
        anew = {pseudonyms.grant_hash(grant.id) for grant in grants if grant.created_at > asked.at}
        left = [grant for grant in grants if grant.created_at <= asked.at]
        actor = Actor.OPERATOR if asked.actor == Actor.OPERATOR else Actor.OWNER
        for grant in left:
            await self._end_of_before(grant, actor)
        erased, unknown = 0, len(found.unknown)
        async for page in pages_of(self.trail.events, owner, self.clock()):
            unknown += page.unknown
            for event in page.events:
                if event.grant not in anew if event.grant else event.at <= asked.at:
                    await self.trail.events.remove(event)
                    erased += 1
        # What cannot be read waits for the version that can, and the request with it.
        if not left and not unknown and self.clock() >= asked.at + LATEST_EVENT:
            await self.trail.events.remove(asked)
        return erased

    async def _end_of_before(self, grant: Grant, actor: Actor) -> None:
        """The others were ended when it was asked: of this one the owner index did not know yet."""
        reason = Reason.OPERATOR_DISCONNECTED if actor is Actor.OPERATOR else Reason.OWNER_DISCONNECTED
        if await self.grants.update(grant.id, retire(reason, self.clock())):
            await self.trail.of_grant(What.GRANT_RETIRED, grant, actor, reason)

    async def _revoke(self, grant: Grant) -> str:
        """What became of the provider's tokens. Raises MailboxError or KeyUnavailable while that is open."""
        if grant.provider != self.oauth.provider.id:
            return "provider_not_configured"
        try:
            data_key = await self.opener.open_data_key(grant.data_key, grant.id)
            if not grant.revoke_attempts:  # Of later tries revocation_postponed tells.
                await self.trail.of_grant(What.DOOR_OPENED, grant, Actor.SERVICE, grant.retired_reason)
            props = open_props(await self._newest(grant), data_key)
        except SealBroken:
            return "not_readable"
        if props.expires_at is None:
            return "api_token_forgotten"
        told = await self.oauth.revoke(props.refresh_token or props.access_token, client_id=props.client_id)
        return "revoked" if told else "no_revocation_endpoint"

    async def _newest(self, grant: Grant) -> Grant:
        """With the tokens that could not be stored, if there are such: only the newest can be revoked."""
        waiting = await self.outbox.get(grant.id)
        if waiting is None or waiting.props_version <= grant.props_version:
            return grant
        return replace(grant, props=waiting.props, props_version=waiting.props_version)

    async def _write_receipt(self, grant: Grant, outcome: str) -> None:
        now = self.clock()
        name = pseudonyms.grant_hash(grant.id)
        receipt = {
            "grant": name,
            "reason": grant.retired_reason,
            "retired_at": grant.retired_at,
            "erased_at": now,
            "provider": outcome,
        }
        try:
            key, value = ledger_key(Kind.RECEIPT, name), json.dumps(receipt).encode()
            await self.ledger.put(Entry(key=key, value=value, expires_at=now + RECEIPT_LIFETIME), now)
        except AlreadyExists:
            return


def _pause(grant: Grant) -> int:
    return min(_nth_pause(grant.revoke_attempts or 0), GIVE_UP_AFTER - _asked_for(grant))


def _asked_for(grant: Grant) -> int:
    """Seconds since the first attempt that failed, by the pauses that there were between them."""
    return sum(map(_nth_pause, range(grant.revoke_attempts or 0)))


def _nth_pause(attempt: int) -> int:
    return int(min(_FIRST_PAUSE * 2 ** min(attempt, 16), _LONGEST_PAUSE))


def _pause_for_key(grant: Grant, now: int) -> int:
    """As long again as it has waited: no attempt is counted, as the provider was not asked."""
    return min(max(now - (grant.retired_at or 0), _FIRST_PAUSE), _LONGEST_FOR_KEY)
