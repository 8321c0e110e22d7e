"""Counts against limits: in this process first, and in the store for all processes together (RFC 6585 §4).

A limit is reported to the store every `step`. A request beyond the limit is refused without asking the store: a flood
costs no writes. For limits of more than one step, each other process may let less than a step pass unreported.
"""

import contextlib
import hashlib
from collections import Counter as Tally
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass

from mailconnect.clock import Clock
from mailconnect.endpoints.limits.source import Bucket
from mailconnect.ledger_keys import LedgerKind, ledger_key
from mailconnect.store.counters import Counter, Counters
from mailconnect.store.errors import StoreUnavailable

_MAX_KEPT = 10_000
_HASH_DIGITS = 32
_SOON = 1
"""Seconds until some of what is at work will be done."""


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `maximum` in each window, which begins at a multiple of `seconds`. The store is told every `step`."""

    name: str
    maximum: int
    seconds: int
    step: int = 1

    def start(self, now: int) -> int:
        """When the window began that `now` lies in."""
        return now - now % self.seconds

    def left(self, now: int) -> int:
        """Seconds until the next window."""
        return self.seconds - now % self.seconds

    def times(self, factor: int) -> "Limit":
        return Limit(self.name, self.maximum * factor, self.seconds, self.step)


def counter_key(name: str, start: int, whose: str | Bucket) -> str:
    """The store's key of the counter of the limit of this `name`, in the window that starts there.

    `whose` is a bucket, or the id of a grant or a client: of that a hash, another one for each limit and window.
    """
    if isinstance(whose, Bucket):
        number = whose.number
    else:
        named = f"mailconnect limit\0{name}\0{start}\0{whose}"
        number = hashlib.sha256(named.encode()).hexdigest()[:_HASH_DIGITS]
    return ledger_key(LedgerKind.LIMIT, name, start, number)


_Counted = tuple[str, int, str | Bucket]
"""The name of a limit, the start of the window, and whose requests are counted."""


@dataclass(slots=True)
class _Seen:
    """`known` is the sum in the store as of the latest report; `unreported` came since, here."""

    ends: int
    known: int = 0
    unreported: int = 0


@dataclass(frozen=True, slots=True)
class LimitTaken:
    """`wait`: 0, or the seconds after which to try again. `sum`: what was counted in this window, as far as known."""

    wait: int
    sum: int


class Limiter:
    def __init__(self, counters: Counters, clock: Clock) -> None:
        self._counters = counters
        self._clock = clock
        self._seen: OrderedDict[_Counted, _Seen] = OrderedDict()
        self._at_work: Tally[_Counted] = Tally()

    def wait(self, limit: Limit, whose: str | Bucket) -> int:
        """0, or the seconds to wait, as far as this process knows. Counts nothing."""
        now = self._clock()
        key = _counted(limit, whose, now)
        seen = self._seen.get(key)
        counted = 0 if seen is None else seen.known + seen.unreported
        if counted >= limit.maximum:
            return limit.left(now)
        return _SOON if counted + self._at_work[key] >= limit.maximum else 0

    @contextlib.contextmanager
    def at_work(self, limit: Limit, whose: str | Bucket) -> Iterator[None]:
        """Requests at work count for `wait` as if they had been taken, in this process."""
        key = _counted(limit, whose, self._clock())
        self._at_work[key] += 1
        try:
            yield
        finally:
            self._at_work[key] -= 1
            if not self._at_work[key]:
                del self._at_work[key]

    async def take(self, limit: Limit, whose: str | Bucket, count: int = 1, *, now: int | None = None) -> int:
        """Counts it and returns 0, or returns the seconds to wait. Raises StoreUnavailable; then it is counted in this
        process only. `now`: seconds since the epoch, where the caller has read the clock.
        """
        return (await self.taken(limit, whose, count, now=now)).wait

    async def taken(self, limit: Limit, whose: str | Bucket, count: int = 1, *, now: int | None = None) -> LimitTaken:
        """As `take`, with the sum."""
        now = self._clock() if now is None else now
        key = _counted(limit, whose, now)
        seen = self._of(key, now + limit.left(now))
        if seen.known + seen.unreported + count > limit.maximum:
            return LimitTaken(limit.left(now), seen.known + seen.unreported)
        seen.unreported += count
        if seen.unreported < limit.step:
            return LimitTaken(0, seen.known + seen.unreported)
        reported, seen.unreported = seen.unreported, 0
        seen.known += reported  # for requests that come while the store is asked
        try:
            total = await self._counters.add(Counter(counter_key(*key), reported, seen.ends), limit.maximum)
        except StoreUnavailable:
            seen.known, seen.unreported = seen.known - reported, seen.unreported + reported
            raise
        if total is None:
            seen.known = max(seen.known, limit.maximum)
            return LimitTaken(limit.left(now), seen.known)
        seen.known = max(seen.known, total)
        return LimitTaken(0, total)

    def _of(self, key: _Counted, ends: int) -> _Seen:
        seen = self._seen.get(key)
        if seen is None:
            seen = self._seen[key] = _Seen(ends)
        self._seen.move_to_end(key)
        if len(self._seen) > _MAX_KEPT:
            self._seen.popitem(last=False)
        return seen


def _counted(limit: Limit, whose: str | Bucket, now: int) -> _Counted:
    return limit.name, limit.start(now), whose
