"""Limits of one connection: messages sent without its owner's approval of each, and approvals asked for.

Counted in the store, by whole minutes, hours and days (UTC). If the store cannot count it, nothing is sent.
"""

from dataclasses import dataclass
from hashlib import sha256

from mailconnect.clock import Clock
from mailconnect.ledger_keys import LedgerKind, ledger_key
from mailconnect.sending.outcome import Limited, SendingLimit
from mailconnect.store.counters import Counter, Counters

A_MINUTE, AN_HOUR = 5, 30
ASKED_A_DAY = 50
"""Messages that may be put before the owner in a day."""

RECIPIENTS = 20
"""Of one message."""

NEW_RECIPIENTS_A_DAY = 10
"""Addresses that the owner neither wrote to nor has in the contacts, to whom a message leaves without their word."""

_SECONDS = {
    SendingLimit.MINUTE: 60,
    SendingLimit.HOUR: 3600,
    SendingLimit.DAY: 86_400,
    SendingLimit.NEW_RECIPIENTS: 86_400,
}
_DIGITS = 32


@dataclass(frozen=True, slots=True)
class SendingLimits:
    counters: Counters
    clock: Clock

    async def send(self, grant_id: str, *, a_day: int, new: int) -> Limited | None:
        """Counts a message with so many new recipients; None where it may leave. Raises StoreUnavailable."""
        limited = await self._often(grant_id) or await self._take(grant_id, "sends", SendingLimit.DAY, a_day)
        if limited is None and new:
            limited = await self._take(grant_id, "sends", SendingLimit.NEW_RECIPIENTS, NEW_RECIPIENTS_A_DAY, count=new)
        return limited

    async def ask(self, grant_id: str) -> Limited | None:
        """Counts a message that is put before the owner. Raises StoreUnavailable."""
        return await self._often(grant_id) or await self._take(grant_id, "asks", SendingLimit.DAY, ASKED_A_DAY)

    async def _often(self, grant_id: str) -> Limited | None:
        return await self._take(grant_id, "sends", SendingLimit.MINUTE, A_MINUTE) or await self._take(
            grant_id, "sends", SendingLimit.HOUR, AN_HOUR
        )

    async def _take(
        self, grant_id: str, what: str, limit: SendingLimit, maximum: int, count: int = 1
    ) -> Limited | None:
        now = self.clock()
        seconds = _SECONDS[limit]
        start = now - now % seconds
        name = f"{what}-{limit.replace(' ', '-')}"
        whose = sha256(f"mailconnect limit\0{name}\0{start}\0{grant_id}".encode()).hexdigest()[:_DIGITS]
        counter = Counter(ledger_key(LedgerKind.LIMIT, name, start, whose), count, start + seconds)
        if await self.counters.add(counter, maximum) is not None:
            return None
        return Limited(limit, maximum, start + seconds - now)
