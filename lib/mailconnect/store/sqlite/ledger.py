"""The ledger in SQLite."""

from mailconnect.store.errors import AlreadyExists
from mailconnect.store.ledger import Entry
from mailconnect.store.sqlite.database import Database

_GET = "SELECT value, expires_at FROM ledger WHERE key = ? AND expires_at > ?"
_PUT = (
    "INSERT INTO ledger (key, value, expires_at) VALUES (?, ?, ?) ON CONFLICT (key) DO UPDATE"
    " SET value = excluded.value, expires_at = excluded.expires_at WHERE ledger.expires_at <= ?"
)
_TAKE = "DELETE FROM ledger WHERE key = ? AND expires_at > ? RETURNING value, expires_at"
_DELETE_EXPIRED = "DELETE FROM ledger WHERE expires_at <= ?"


class SqliteLedger:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, key: str, now: int) -> Entry | None:
        return _entry(key, self._database.read(_GET, (key, now)))

    async def put(self, entry: Entry, now: int) -> None:
        written = await self._database.write(_PUT, (entry.key, entry.value, entry.expires_at, now))
        if not written.changed:
            raise AlreadyExists("ledger entry")

    async def take(self, key: str, now: int) -> Entry | None:
        return _entry(key, (await self._database.write(_TAKE, (key, now))).rows)

    async def delete_expired(self, now: int) -> int:
        return (await self._database.write(_DELETE_EXPIRED, (now,))).changed


def _entry(key: str, rows: list[tuple[bytes, int]]) -> Entry | None:
    return Entry(key=key, value=rows[0][0], expires_at=rows[0][1]) if rows else None
