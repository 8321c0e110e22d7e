"""The store of a test's one grant: in memory, in a SQLite file, or (tests/aws) in a table of DynamoDB."""

import sqlite3
from collections.abc import Callable, Coroutine
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from mailconnect.grants.grant import Grant
from mailconnect.store.grants import Grants
from mailconnect.store.memory import MemoryGrants, MemoryOutbox
from mailconnect.store.outbox import Outbox
from mailconnect.store.sqlite.database import Database
from mailconnect.store.sqlite.grants import _NAMES, _PUT, SqliteGrants
from mailconnect.store.sqlite.outbox import FileOutbox

_T = TypeVar("_T")


@dataclass
class Stores:
    """`begin` puts the grant there, and nothing else is left."""

    grants: Grants
    outbox: Outbox
    begin: Callable[[Grant], None]


def at_once(asked: Coroutine[Any, Any, _T]) -> _T:
    """The outcome of what is asynchronous by its type alone."""
    try:
        asked.send(None)
    except StopIteration as outcome:
        result: _T = outcome.value
        return result
    asked.close()
    raise AssertionError("it waits for somebody")


def in_memory() -> Stores:
    grants = MemoryGrants()
    return Stores(grants, MemoryOutbox(), lambda grant: at_once(grants.put(grant)))


def in_sqlite(database: Database, folder: Path) -> Stores:
    """`database` is the file `mailconnect.db` in the folder."""
    outbox = folder / "outbox"

    def begin(grant: Grant) -> None:
        for file in outbox.glob("*"):
            file.unlink()
        with closing(sqlite3.connect(folder / "mailconnect.db", isolation_level=None)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("DELETE FROM grants")
            connection.execute(_PUT, [getattr(grant, name) for name in _NAMES])
            connection.execute("COMMIT")

    return Stores(SqliteGrants(database), FileOutbox(outbox), begin)
