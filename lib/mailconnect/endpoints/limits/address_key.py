"""The key that addresses are hashed with to count them: random, the same in all processes, new every hour.

Without it nobody can tell which addresses share a bucket. The store has one key at a time: once an hour's key is gone,
no address can be tried against that hour's buckets.
"""

from mailconnect.clock import Clock, Entropy
from mailconnect.ledger_keys import LedgerKind, ledger_key
from mailconnect.store.errors import AlreadyExists, StoreUnavailable
from mailconnect.store.ledger import Entry, Ledger

KEY = ledger_key(LedgerKind.ADDRESS_KEY)
_BYTES = 32
_HOUR = 3600


class AddressKey:
    """Read from the ledger, or made by the first process that needs it: at most once an hour in each process."""

    def __init__(self, ledger: Ledger, clock: Clock, entropy: Entropy) -> None:
        self._ledger = ledger
        self._clock = clock
        self._entropy = entropy
        self._known: Entry | None = None

    async def now(self) -> bytes:
        """Raises StoreUnavailable."""
        now = self._clock()
        if self._known is None or not self._known.expires_at - _HOUR <= now < self._known.expires_at:
            self._known = await self._of(now)
        return self._known.value

    async def _of(self, now: int) -> Entry:
        entry = await self._ledger.get(KEY, now)
        if entry is None:
            made = Entry(key=KEY, value=self._entropy(_BYTES), expires_at=now - now % _HOUR + _HOUR)
            try:
                await self._ledger.put(made, now)
            except AlreadyExists:  # another process was first
                entry = await self._ledger.get(KEY, now)
            else:
                entry = made
        if entry is None:
            raise StoreUnavailable("the key that addresses are counted under")
        return entry
