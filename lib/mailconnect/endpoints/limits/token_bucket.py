"""A token bucket for API tokens that fail, one in each process (RFC 6585 §4).

Without it, unauthenticated requests could use up the provider's limits for everybody. It asks no store. An address
without recent failures is not limited. endpoints.limits.limits counts by address and by grant.
"""

from collections import OrderedDict

from starlette.requests import Request

from mailconnect.clock import Clock
from mailconnect.endpoints.limits.source import Network, around, source_of

_FREE = 3
"""Failures of an address that come before the ceiling: people paste the wrong thing first."""

_FORGOTTEN_AFTER = 3600
_MAX_KEPT = 10_000


class FailedTokens:
    """A bucket of `maximum` failures that fills again by one every `seconds`."""

    def __init__(self, clock: Clock, *, maximum: int, seconds: int) -> None:
        self._clock = clock
        self._maximum = maximum
        self._seconds = seconds
        self._left = float(maximum)
        self._at = clock()
        self._failed: OrderedDict[Network, tuple[int, int]] = OrderedDict()
        """By address, in memory only: how often, and since when."""

    def allow(self, request: Request, *, unknown: bool = False) -> bool:
        """False when the bucket is empty, for an address that has failed often lately; and for one that is not known,
        as behind a web server that is not trusted, unless `unknown` addresses are under no ceiling either.
        """
        source = _source(request)
        if source is None and unknown:
            return True
        failures, since = (0, 0) if source is None else self._failed.get(source, (0, 0))
        if source is not None and (failures < _FREE or self._clock() - since >= _FORGOTTEN_AFTER):
            return True
        self._fill()
        return self._left >= 1

    def failed(self, request: Request) -> None:
        """To be called when the provider did not take a token."""
        self._fill()
        self._left = max(self._left - 1, 0)
        source, now = _source(request), self._clock()
        if source is None:
            return
        failures, since = self._failed.pop(source, (0, now))
        self._failed[source] = (1, now) if now - since >= _FORGOTTEN_AFTER else (failures + 1, since)
        if len(self._failed) > _MAX_KEPT:
            self._failed.popitem(last=False)

    def _fill(self) -> None:
        now = self._clock()
        self._left = min(self._left + max(now - self._at, 0) / self._seconds, self._maximum)
        self._at = now


def _source(request: Request) -> Network | None:
    source = source_of(request.client.host) if request.client else None
    return None if source is None else around(source) or source
