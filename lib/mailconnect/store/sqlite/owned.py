"""Records of one owner in SQLite: approvals, and browsers that may approve, each kind in a table of its own."""

# ruff: noqa: S608 - the names put into the statements are the dataclasses' own

from enum import StrEnum
from typing import Any, Generic, get_type_hints

from mailconnect.grants.approval import Approval
from mailconnect.grants.trusted_browser import TrustedBrowser
from mailconnect.grants.update import Condition, Update
from mailconnect.store.errors import AlreadyExists, RecordUnknown
from mailconnect.store.owned import R, latest_first
from mailconnect.store.sqlite.database import Database
from mailconnect.store.sqlite.schema import columns
from mailconnect.store.sqlite.statement import update_statement

TABLES: dict[type, str] = {Approval: "approvals", TrustedBrowser: "browsers"}


class SqliteOwned(Generic[R]):
    def __init__(self, kind: type[R], database: Database) -> None:
        self._kind: type[R] = kind
        self._database, self._table = database, TABLES[kind]
        self._names = tuple(columns(kind))
        hints = get_type_hints(kind)
        self._words = {name: hints[name] for name in self._names if _is_word(hints[name])}
        self._list = ", ".join(self._names)

    async def get(self, record_id: str, now: int) -> R | None:
        text = f"SELECT {self._list} FROM {self._table} WHERE id = ? AND expires_at > ?"
        rows = self._database.read(text, (record_id, now))
        return self._record(rows[0]) if rows else None

    async def put(self, record: R, now: int) -> None:
        values = ", ".join("?" * len(self._names))
        rest = ", ".join(f"{name} = excluded.{name}" for name in self._names[1:])
        text = (
            f"INSERT INTO {self._table} ({self._list}) VALUES ({values}) ON CONFLICT (id) DO UPDATE SET {rest}"
            f" WHERE {self._table}.expires_at <= ?"
        )
        written = await self._database.write(text, [*(getattr(record, name) for name in self._names), now])
        if not written.changed:
            raise AlreadyExists("owned record")

    async def replace(self, record: R, *conditions: Condition) -> bool:
        values = {name: getattr(record, name) for name in self._names[1:]}
        there = {name: value for name, value in values.items() if value is not None}
        return await self.update(record.id, Update(conditions, there, frozenset(values.keys() - there.keys())))

    async def update(self, record_id: str, update: Update) -> bool:
        text, values = update_statement(self._table, self._names, record_id, update)
        return (await self._database.write(text, values)).changed == 1

    async def of_owner(self, owner: str, now: int) -> list[R]:
        text = f"SELECT {self._list} FROM {self._table} WHERE owner = ? AND expires_at > ?"
        return latest_first([self._record(row) for row in self._database.read(text, (owner, now))])

    async def delete(self, record_id: str) -> bool:
        return (await self._database.write(f"DELETE FROM {self._table} WHERE id = ?", (record_id,))).changed == 1

    async def delete_expired(self, now: int) -> int:
        return (await self._database.write(f"DELETE FROM {self._table} WHERE expires_at <= ?", (now,))).changed

    def _record(self, row: tuple[Any, ...]) -> R:
        values = dict(zip(self._names, row, strict=True))
        try:
            record: R = self._kind(**values | {name: word(values[name]) for name, word in self._words.items()})
        except ValueError:
            raise RecordUnknown("a record in a state that this version does not know") from None
        return record


def _is_word(hint: Any) -> bool:
    return isinstance(hint, type) and issubclass(hint, StrEnum)
