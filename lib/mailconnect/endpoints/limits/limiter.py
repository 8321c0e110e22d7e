"""Counting against limits: in this process first, and in the store for all processes together (RFC 6585 §4).

A limit is reported to the store every `step`. What is over it is refused without asking: a flood costs no writes. For
limits of more than one step, each other process may let less than a step pass unreported.
"""

from collections import OrderedDict
from dataclasses import dataclass

from mailconnect.clock import Clock
from mailconnect.endpoints.limits.limit import Limit, Span, counter_key
from mailconnect.store.counters import Counter, Counters
from mailconnect.store.errors import StoreUnavailable

_MOST_KEPT = 10_000


@dataclass(slots=True)
class _Seen:
    """`known` is the sum in the store as of the latest report; `unreported` came since, here."""

    ends: int
    known: int = 0
    unreported: int = 0


class Limiter:
    def __init__(self, counters: Counters, clock: Clock) -> None:
        self._counters = counters
        self._clock = clock
        self._seen: OrderedDict[str, _Seen] = OrderedDict()

    def wait(self, limit: Limit, whose: str, digits: int) -> int:
        """0, or after how many seconds to try again, as far as this process knows. Counts nothing."""
        span = Span.of(limit, self._clock())
        seen = self._seen.get(counter_key(limit, span, whose, digits))
        return span.left if seen is not None and seen.known + seen.unreported >= limit.most else 0

    async def take(self, limit: Limit, whose: str, digits: int) -> int:
        """0, and it is counted; or after how many seconds to try again. Raises StoreUnavailable: then it is counted
        here alone.
        """
        now = self._clock()
        span = Span.of(limit, now)
        key = counter_key(limit, span, whose, digits)
        seen = self._of(key, span.start + limit.seconds)
        if seen.known + seen.unreported >= limit.most:
            return span.left
        seen.unreported += 1
        if seen.unreported < limit.step:
            return 0
        reported, seen.unreported = seen.unreported, 0
        seen.known += reported  # for whoever asks while the store is asked
        try:
            total = await self._counters.add(Counter(key, reported, seen.ends), limit.most)
        except StoreUnavailable:
            seen.known, seen.unreported = seen.known - reported, seen.unreported + reported
            raise
        if total is None:
            seen.known = max(seen.known, limit.most)
            return span.left
        seen.known = max(seen.known, total)
        return 0

    def _of(self, key: str, ends: int) -> _Seen:
        seen = self._seen.get(key)
        if seen is None:
            seen = self._seen[key] = _Seen(ends)
        self._seen.move_to_end(key)
        if len(self._seen) > _MOST_KEPT:
            self._seen.popitem(last=False)
        return seen
