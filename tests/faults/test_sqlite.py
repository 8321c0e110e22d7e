"""Rows of docs/faults.md in which the store takes part, on SQLite; tests/aws has the same on DynamoDB."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from mailconnect.store.sqlite.audit import SqliteAuditEvents
from mailconnect.store.sqlite.clients import SqliteClients
from mailconnect.store.sqlite.counters import SqliteCounters
from mailconnect.store.sqlite.database import Database
from mailconnect.store.sqlite.grants import SqliteGrants
from mailconnect.store.sqlite.ledger import SqliteLedger
from tests.faults.ending_contract import EndingContract
from tests.faults.outage_contract import OutageContract
from tests.faults.place import Processes
from tests.faults.sending_contract import SendingContract
from tests.faults.token_contract import TokenContract

pytestmark = pytest.mark.anyio

_ADAPTERS = {
    "clients": SqliteClients,
    "grants": SqliteGrants,
    "ledger": SqliteLedger,
    "counters": SqliteCounters,
    "events": SqliteAuditEvents,
}


@dataclass(frozen=True)
class OnSqlite:
    folder: Path

    @asynccontextmanager
    async def stores(self) -> AsyncIterator[dict[str, Any]]:
        database = Database.open(self.folder / "mailconnect.sqlite3")
        yield {part: adapter(database) for part, adapter in _ADAPTERS.items()}
        await database.close()

    @asynccontextmanager
    async def unreachable(self, part: str) -> AsyncIterator[Any]:
        """Its table was dropped."""
        path = self.folder / "damaged.sqlite3"
        database = Database.open(path)
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            for (table,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
                connection.execute(f"DROP TABLE {table}")
        yield _ADAPTERS[part](database)
        await database.close()


@pytest.fixture
def processes(tmp_path: Path) -> Processes:
    return Processes(OnSqlite(tmp_path), tmp_path)


class TestTokensOnSqlite(TokenContract):
    pass


class TestEndingOnSqlite(EndingContract):
    pass


class TestOutagesOnSqlite(OutageContract):
    pass


class TestSendingOnSqlite(SendingContract):
    pass
