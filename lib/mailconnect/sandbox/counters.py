"""Counts of requests to the sandbox since it started. Its state counts what it issued."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass(slots=True)
class Counters:
    requests: Counter[str] = field(default_factory=Counter)
    """By endpoint."""
    methods: Counter[str] = field(default_factory=Counter)
    """JMAP method calls, by method."""
    denials: int = 0
    peak_refreshes: dict[str, int] = field(default_factory=dict)
    """The most refreshes of one grant that were ever under way at once."""
    _under_way: Counter[str] = field(default_factory=Counter)

    @contextmanager
    def refreshing(self, grant_id: str | None) -> Iterator[None]:
        if grant_id is None:
            yield
            return
        self._under_way[grant_id] += 1
        self.peak_refreshes[grant_id] = max(self.peak_refreshes.get(grant_id, 0), self._under_way[grant_id])
        try:
            yield
        finally:
            self._under_way[grant_id] -= 1
