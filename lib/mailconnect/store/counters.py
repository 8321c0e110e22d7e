"""Port: how often something happened in a window of time that the key names (RFC 6585 §4)."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Counter:
    """`key` names what is counted, whose and since when; past `expires_at` (seconds since the epoch) nobody asks."""

    key: str
    count: int
    expires_at: int


class Counters(Protocol):
    async def add(self, counter: Counter, maximum: int) -> int | None:
        """The sum under this key, `counter.count` included; None, and nothing is added, if it would exceed `maximum`.

        One conditional write. One whose response was lost may count twice. Raises StoreUnavailable.
        """

    async def delete_expired(self, now: int) -> int:
        """How many counters went. A store that expires items by itself answers 0."""
