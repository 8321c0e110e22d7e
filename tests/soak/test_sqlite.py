"""Four processes on one SQLite file."""

from pathlib import Path

import pytest

from mailconnect.store.sqlite.database import Database
from mailconnect.store.sqlite.grants import SqliteGrants
from mailconnect.store.sqlite.outbox import FileOutbox
from tests.soak.rounds import soaking

pytestmark = [pytest.mark.anyio, pytest.mark.soak]


@pytest.mark.row("F-14", "F-15", "F-16")
async def test_kills_among_five_hundred_calls_lose_no_connection(tmp_path: Path) -> None:
    database = Database.open(tmp_path / "mailconnect.sqlite3")
    async with soaking("SQLite", tmp_path, SqliteGrants(database), FileOutbox(tmp_path / "outbox")) as soak:
        seen = await soak.run()
    await database.close()
    assert seen["losses"] == 0
    assert seen["kills"] == seen["rounds"] >= 1
