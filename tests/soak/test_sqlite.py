"""Four processes on one SQLite file."""

from pathlib import Path

import pytest

from lib.store.sqlite.database import Database
from lib.store.sqlite.grants import SqliteGrants
from lib.store.sqlite.outbox import FileOutbox
from tests.soak.rounds import ROUNDS, report, soaking

pytestmark = pytest.mark.anyio


async def test_f_14_f_15_f_16_kills_among_five_hundred_calls_lose_no_connection(tmp_path: Path) -> None:
    database = Database.open(tmp_path / "mailconnect.sqlite3")
    async with soaking(tmp_path, SqliteGrants(database), FileOutbox(tmp_path / "outbox")) as soak:
        seen = await soak.run(ROUNDS)
    await database.close()
    print(report("SQLite", seen))
    assert seen["losses"] == 0
    assert seen["kills"] == seen["rounds"] == ROUNDS
