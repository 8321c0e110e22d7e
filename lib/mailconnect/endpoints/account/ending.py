"""Ends an owner's connections, one or all, at once, and writes down which receipts belong to that."""

import contextlib
import hashlib
import json
from dataclasses import dataclass
from enum import StrEnum

from mailconnect import pseudonyms
from mailconnect.audit import Audit
from mailconnect.clock import Clock
from mailconnect.end_grant import Wake, end_grant, wake_nobody
from mailconnect.endpoints.account.connections import Connections
from mailconnect.endpoints.account.sessions import Sessions
from mailconnect.endpoints.approvals.browsers import ALL, TrustedBrowsers
from mailconnect.grants.account_session import AccountSession
from mailconnect.grants.grant import Grant, GrantState
from mailconnect.grants.retirement import Reason
from mailconnect.ledger_keys import LedgerKind, ledger_key
from mailconnect.store.audit import Actor
from mailconnect.store.errors import AlreadyExists, RecordUnknown
from mailconnect.store.grants import Grants
from mailconnect.store.ledger import Entry, Ledger
from mailconnect.sweep.receipts import RECEIPT_LIFETIME

_ROUNDS = 3
"""The first, one for a connection made meanwhile, and one for an index that lags behind."""


class End(StrEnum):
    """The connections that the owner ended."""

    CONNECTION = "connection"
    CONNECTIONS = "connections"
    EVERYTHING = "everything"


def end_number(session: AccountSession, end: End) -> str:
    """The same number when the owner asks twice. It is derived from random values only, so it names nobody."""
    return hashlib.sha256(f"{end}\0{session.series}".encode()).hexdigest()[:32]


def end_key(number: str) -> str:
    return ledger_key(LedgerKind.ENDED, number)


@dataclass(frozen=True, slots=True)
class Ending:
    grants: Grants
    ledger: Ledger
    connections: Connections
    sessions: Sessions
    audit: Audit
    wake_sweep: Wake
    clock: Clock
    trusted: TrustedBrowsers

    async def one(self, grant: Grant) -> str:
        """Returns the number of its receipt."""
        number = pseudonyms.grant_hash(grant.id)
        await self._write_down(number, End.CONNECTION, [number])
        await self._end(grant, self.wake_sweep)
        return number

    async def all(self, session: AccountSession, end: End) -> str:
        """Returns the number under which the receipts are found. Asking again after a crash finishes the rest."""
        if end is End.EVERYTHING:
            # First: a connection made meanwhile is found below, or its sign-in finds this request (AC-13).
            await self.audit.request_erasure(session.owner, Actor.OWNER)
        number = end_number(session, end)
        owned = await self.connections.owned_by(session.owner)
        await self._write_down(number, end, [pseudonyms.grant_hash(grant.id) for grant in owned.grants])
        for _ in range(_ROUNDS):
            living = [grant for grant in owned.grants if grant.state is not GrantState.RETIRED]
            if not living:
                break
            for grant in living:
                await self._end(grant)
            owned = await self.connections.owned_by(session.owner)
        await self.sessions.end_everywhere(session.owner)
        if end is End.EVERYTHING:
            await self.trusted.forget(session.owner, ALL)
        await self.wake_sweep()
        if owned.unknown and end is not End.EVERYTHING:  # with End.EVERYTHING the sweep ends it
            raise RecordUnknown("a connection was not ended")
        return number

    async def _end(self, grant: Grant, wake: Wake = wake_nobody) -> None:
        await end_grant(grant, Reason.OWNER_DISCONNECTED, Actor.OWNER, grants=self.grants, audit=self.audit, wake=wake)

    async def _write_down(self, number: str, end: End, connections: list[str]) -> None:
        now = self.clock()
        document = {"what": end, "at": now, "connections": connections}
        entry = Entry(key=end_key(number), value=json.dumps(document).encode(), expires_at=now + RECEIPT_LIFETIME)
        with contextlib.suppress(AlreadyExists):
            await self.ledger.put(entry, now)
