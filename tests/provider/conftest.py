from collections.abc import AsyncIterator
from pathlib import Path

import anyio
import pytest

from mailconnect.store.sqlite.database import Database
from tests.provider import one_grant
from tests.provider.deadlines import watched_deadlines
from tests.provider.stores import in_sqlite

__all__ = ["watched_deadlines"]


@pytest.fixture(params=["memory", "sqlite"])
async def either_store(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[None]:
    if request.param == "memory":
        yield
        return
    database = Database.open(tmp_path / "mailconnect.db")
    monkeypatch.setattr(one_grant, "new_stores", lambda: in_sqlite(database, tmp_path))
    yield
    await database.close()


@pytest.fixture
def stopped_watch(monkeypatch: pytest.MonkeyPatch) -> None:
    """No time passes but by the test's own clock: a machine that stops for seconds changes no order of steps."""
    monkeypatch.setattr(anyio, "current_time", lambda: 0.0)


pytest.register_assert_rewrite("tests.provider.rotation_contract")
