"""The key under which addresses are counted: random, one for all processes, and another one each hour.

Nobody outside can tell which addresses share a bucket. The key of an hour takes the place of the one before, so the
store has one at a time: under a key that is gone, no address can be tried for a bucket.
"""

from mailconnect.clock import Clock, Entropy
from mailconnect.ledger_keys import Kind, ledger_key
from mailconnect.store.errors import AlreadyExists, StoreUnavailable
from mailconnect.store.ledger import Entry, Ledger

KEY = ledger_key(Kind.ADDRESS_KEY)
_BYTES = 32
_HOUR = 3600


class AddressKey:
    """Read, or made by whoever is first, when it is needed: at most once an hour in each process."""

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
