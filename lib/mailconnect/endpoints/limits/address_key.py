"""The key under which addresses are counted: random, one for all processes, and another one each day.

Nobody outside can tell which addresses share a bucket, and once the key has gone, no address can be tried for one.
"""

from mailconnect.clock import Clock, Entropy
from mailconnect.store.errors import AlreadyExists, StoreUnavailable
from mailconnect.store.ledger import Entry, Ledger

_BYTES = 32
_DAY = 86_400
_LONGER = 3600
"""Seconds beyond its day, for a process whose clock is behind."""


class AddressKey:
    """Read, or made by whoever is first, when it is needed: at most once a day in each process."""

    def __init__(self, ledger: Ledger, clock: Clock, entropy: Entropy) -> None:
        self._ledger = ledger
        self._clock = clock
        self._entropy = entropy
        self._known: tuple[int, bytes] | None = None

    async def today(self) -> bytes:
        """Raises StoreUnavailable."""
        now = self._clock()
        day = now - now % _DAY
        if self._known is None or self._known[0] != day:
            self._known = (day, await self._of(day, now))
        return self._known[1]

    async def _of(self, day: int, now: int) -> bytes:
        name = f"address-key:{day}"
        entry = await self._ledger.get(name, now)
        if entry is None:
            made = Entry(key=name, value=self._entropy(_BYTES), expires_at=day + _DAY + _LONGER)
            try:
                await self._ledger.put(made, now)
            except AlreadyExists:  # another process was first
                entry = await self._ledger.get(name, now)
            else:
                entry = made
        if entry is None:
            raise StoreUnavailable("the key that addresses are counted under")
        return entry.value
