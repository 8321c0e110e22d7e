"""Counts against limits: in this process first, and in the store for all processes together (RFC 6585 §4).

A limit is reported to the store every `step`. A request beyond the limit is refused without asking the store: a flood
costs no writes. For limits of more than one step, each other process may let less than a step pass unreported.
"""

import contextlib
from collections import Counter as Tally
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass

from mailconnect.clock import Clock
from mailconnect.endpoints.limits.limit import Bucket, Limit, Span, counter_key
from mailconnect.store.counters import Counter, Counters
from mailconnect.store.errors import StoreUnavailable

_MOST_KEPT = 10_000
_SOON = 1
"""Seconds until some of what is at work will be done."""


@dataclass(slots=True)
class _Seen:
    """`known` is the sum in the store as of the latest report; `unreported` came since, here."""

    ends: int
    known: int = 0
    unreported: int = 0


@dataclass(frozen=True, slots=True)
class Taken:
    """`wait` is 0, or after how many seconds to try again; `sum` is what was counted in this span, as far as known."""

    wait: int
    sum: int


class Limiter:
    def __init__(self, counters: Counters, clock: Clock) -> None:
        self._counters = counters
        self._clock = clock
        self._seen: OrderedDict[str, _Seen] = OrderedDict()
        self._at_work: Tally[str] = Tally()

    def wait(self, limit: Limit, whose: str | Bucket) -> int:
        """0, or the seconds to wait, as far as this process knows. Counts nothing."""
        span = Span.of(limit, self._clock())
        key = counter_key(limit, span, whose)
        seen = self._seen.get(key)
        counted = 0 if seen is None else seen.known + seen.unreported
        if counted >= limit.most:
            return span.left
        return _SOON if counted + self._at_work[key] >= limit.most else 0

    @contextlib.contextmanager
    def at_work(self, limit: Limit, whose: str | Bucket) -> Iterator[None]:
        """What is at work counts for `wait` as if it had been taken, in this process."""
        key = counter_key(limit, Span.of(limit, self._clock()), whose)
        self._at_work[key] += 1
        try:
            yield
        finally:
            self._at_work[key] -= 1
            if not self._at_work[key]:
                del self._at_work[key]

    async def take(self, limit: Limit, whose: str | Bucket, count: int = 1) -> int:
        """Counts it and returns 0, or returns the seconds to wait. Raises StoreUnavailable; then it is counted in this
        process only.
        """
        return (await self.taken(limit, whose, count)).wait

    async def taken(self, limit: Limit, whose: str | Bucket, count: int = 1) -> Taken:
        """As `take`, with the sum."""
        now = self._clock()
        span = Span.of(limit, now)
        key = counter_key(limit, span, whose)
        seen = self._of(key, span.start + limit.seconds)
        if seen.known + seen.unreported + count > limit.most:
            return Taken(span.left, seen.known + seen.unreported)
        seen.unreported += count
        if seen.unreported < limit.step:
            return Taken(0, seen.known + seen.unreported)
        reported, seen.unreported = seen.unreported, 0
        seen.known += reported  # for whoever asks while the store is asked
        try:
            total = await self._counters.add(Counter(key, reported, seen.ends), limit.most)
        except StoreUnavailable:
            seen.known, seen.unreported = seen.known - reported, seen.unreported + reported
            raise
        if total is None:
            seen.known = max(seen.known, limit.most)
            return Taken(span.left, seen.known)
        seen.known = max(seen.known, total)
        return Taken(0, total)

    def _of(self, key: str, ends: int) -> _Seen:
        seen = self._seen.get(key)
        if seen is None:
            seen = self._seen[key] = _Seen(ends)
        self._seen.move_to_end(key)
        if len(self._seen) > _MOST_KEPT:
            self._seen.popitem(last=False)
        return seen
