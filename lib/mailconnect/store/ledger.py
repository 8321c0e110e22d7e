"""Port: short-lived and append-only records: pending authorizations, deletion receipts, audit events."""

from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """`key` is `kind:id`, `value` JSON or sealed; past `expires_at` (seconds since the epoch) it is as good as gone."""

    key: str
    value: bytes = field(repr=False)
    expires_at: int


class Ledger(Protocol):
    async def get(self, key: str, now: int) -> Entry | None:
        """The entry, or None if there is none or it has expired."""

    async def put(self, entry: Entry, now: int) -> None:
        """Raises AlreadyExists unless the key is free or its entry has expired."""

    async def take(self, key: str, now: int) -> Entry | None:
        """Removes the entry and returns it: of several takers at once exactly one gets it. None as for `get`."""

    async def delete_expired(self, now: int) -> int:
        """How many entries went. A store that expires items by itself answers 0."""
