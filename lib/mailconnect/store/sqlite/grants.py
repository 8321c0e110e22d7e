"""Grants in SQLite: an `Update` is one UPDATE statement, made of the dataclass's own column names and bound values."""

# ruff: noqa: S608 - no other names get into a statement, and no values do

from mailconnect.grants.grant import Grant, GrantState
from mailconnect.grants.update import Update, Value
from mailconnect.store.errors import AlreadyExists, RecordUnknown
from mailconnect.store.sqlite.database import Database
from mailconnect.store.sqlite.schema import columns
from mailconnect.store.sqlite.statement import update_statement

_NAMES = tuple(columns(Grant))
_LIST = ", ".join(_NAMES)
_FILL = tuple(getattr(Grant, name).__set__ for name in _NAMES)
"""Fill a new grant's slots, as its frozen class does itself, in a third of the time: every call reads a grant."""
_FILL_STATE = _FILL[_NAMES.index("state")]
_GET = f"SELECT {_LIST} FROM grants WHERE id = ?"
_PUT = f"INSERT INTO grants ({_LIST}) VALUES ({', '.join('?' * len(_NAMES))}) ON CONFLICT (id) DO NOTHING"
_DUE = "SELECT id FROM grants WHERE due_at <= ? ORDER BY due_at, id LIMIT ? OFFSET ?"
_OWNED_BY = "SELECT id FROM grants WHERE owner = ?"
_ALL = "SELECT id FROM grants"
_DELETE = "DELETE FROM grants WHERE id = ? AND state = ?"


class SqliteGrants:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, grant_id: str) -> Grant | None:
        rows = self._database.read(_GET, (grant_id,))
        if not rows:
            return None
        grant = Grant.__new__(Grant)
        for fill, value in zip(_FILL, rows[0], strict=True):
            fill(grant, value)
        try:
            _FILL_STATE(grant, GrantState(grant.state))
        except ValueError:
            raise RecordUnknown("a grant in a state that this version does not know") from None
        return grant

    async def put(self, grant: Grant) -> None:
        written = await self._database.write(_PUT, [getattr(grant, name) for name in _NAMES])
        if not written.changed:
            raise AlreadyExists("grant")

    async def update(self, grant_id: str, update: Update) -> bool:
        text, values = statement(grant_id, update)
        return (await self._database.write(text, values)).changed == 1

    async def due(self, now: int, limit: int, past: int = 0) -> list[str]:
        return [grant_id for (grant_id,) in self._database.read(_DUE, (now, limit, past))]

    async def owned_by(self, owner: str) -> list[str]:
        return [grant_id for (grant_id,) in self._database.read(_OWNED_BY, (owner,))]

    async def everybodys(self) -> list[str]:
        return [grant_id for (grant_id,) in self._database.read(_ALL, ())]

    async def delete(self, grant_id: str) -> bool:
        return (await self._database.write(_DELETE, (grant_id, GrantState.RETIRED))).changed == 1


def statement(grant_id: str, update: Update) -> tuple[str, list[Value]]:
    return update_statement("grants", _NAMES, grant_id, update)
