"""The audit events in SQLite."""

# ruff: noqa: S608 - the names put into the statements are the dataclass's own

from mailconnect.store.audit import PAGE, AuditPage, Event, latest_first
from mailconnect.store.sqlite.database import Database
from mailconnect.store.sqlite.schema import columns

_NAMES = tuple(columns(Event))
_LIST = ", ".join(_NAMES)
_APPEND = f"INSERT INTO audit ({_LIST}) VALUES ({', '.join('?' * len(_NAMES))}) ON CONFLICT (id) DO NOTHING"
_OF_OWNER = f"SELECT {_LIST} FROM audit WHERE owner = ? AND expires_at > ? AND id < ? ORDER BY id DESC LIMIT ?"
_AFTER_ALL = "~"  # an id is digits, a hyphen and letters or digits
_REMOVE = "DELETE FROM audit WHERE id = ?"
_DELETE_EXPIRED = "DELETE FROM audit WHERE expires_at <= ?"


class SqliteAuditEvents:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def append(self, event: Event) -> None:
        await self._database.write(_APPEND, [getattr(event, name) for name in _NAMES])

    async def of_owner(self, owner: str, now: int, *, limit: int = PAGE, before: str | None = None) -> AuditPage:
        rows = self._database.read(_OF_OWNER, (owner, now, before or _AFTER_ALL, limit + 1))
        events = [Event(**dict(zip(_NAMES, row, strict=True))) for row in rows]
        return AuditPage(latest_first(events[:limit]), earlier=events[limit - 1].id if len(events) > limit else None)

    async def remove(self, event: Event) -> None:
        await self._database.write(_REMOVE, (event.id,))

    async def delete_expired(self, now: int) -> int:
        return (await self._database.write(_DELETE_EXPIRED, (now,))).changed
