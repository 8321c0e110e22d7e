"""Counters in SQLite."""

from mailconnect.store.counters import Counter
from mailconnect.store.sqlite.database import Database

_ADD = (
    "INSERT INTO counters (key, count, expires_at) VALUES (?, ?, ?) ON CONFLICT (key) DO UPDATE"
    " SET count = counters.count + excluded.count, expires_at = excluded.expires_at"
    " WHERE counters.count + excluded.count <= ? RETURNING count"
)
_DELETE_EXPIRED = "DELETE FROM counters WHERE expires_at <= ?"


class SqliteCounters:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, counter: Counter, maximum: int) -> int | None:
        if counter.count > maximum:
            return None
        written = await self._database.write(_ADD, (counter.key, counter.count, counter.expires_at, maximum))
        return int(written.rows[0][0]) if written.rows else None

    async def delete_expired(self, now: int) -> int:
        return (await self._database.write(_DELETE_EXPIRED, (now,))).changed
