"""The writing thread: cancelled requests, shared commits, a locked or full file, the end."""

import asyncio
import contextlib
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path

import pytest

from mailconnect.grants.update import Update
from mailconnect.store.errors import StoreUnavailable
from mailconnect.store.ledger import Entry
from mailconnect.store.sqlite.database import Database
from mailconnect.store.sqlite.grants import SqliteGrants
from mailconnect.store.sqlite.ledger import SqliteLedger
from tests.store.grants_contract import filled
from tests.store.transitions import NOW

pytestmark = pytest.mark.anyio


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = Database.open(tmp_path / "mailconnect.db", timeout=0.05)
    yield database
    with contextlib.suppress(StoreUnavailable):
        await database.close()


def entry(number: int, size: int = 10) -> Entry:
    return Entry(key=f"kind:{number}", value=bytes([number % 256]) * size, expires_at=NOW + 600)


async def test_a_cancelled_request_loses_no_write(database: Database) -> None:
    grants, grant = SqliteGrants(database), filled()
    await grants.put(grant)
    task = asyncio.create_task(grants.update(grant.id, Update((), {"last_used_at": 1})))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await grants.update(grant.id, Update((), {"revoke_attempts": 1}))
    stored = await grants.get(grant.id)
    assert stored is not None
    assert (stored.last_used_at, stored.revoke_attempts) == (1, 1)


async def test_a_cancelled_request_among_others_disturbs_none(database: Database) -> None:
    ledger = SqliteLedger(database)
    tasks = [asyncio.create_task(ledger.put(entry(number), NOW)) for number in range(30)]
    await asyncio.sleep(0)
    for task in tasks[::3]:
        task.cancel()
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes[::3]] == [asyncio.CancelledError] * 10
    assert outcomes.count(None) == 20
    await ledger.put(entry(1000), NOW)
    assert all([await ledger.get(entry(number).key, NOW) for number in range(30)])


async def test_writes_that_wait_share_a_commit_and_each_has_its_own_outcome(database: Database) -> None:
    ledger = SqliteLedger(database)
    await ledger.put(entry(0), NOW)
    statements: list[str] = []
    database._writer._connection.set_trace_callback(statements.append)
    outcomes = await asyncio.gather(
        *(ledger.put(entry(number % 100), NOW) for number in range(200)), return_exceptions=True
    )
    assert [outcome is None for outcome in outcomes] == [False, *[True] * 99, *[False] * 100]
    assert statements.count("COMMIT") < 20


async def test_a_write_that_sqlite_has_no_form_for_fails_alone(database: Database) -> None:
    ledger = SqliteLedger(database)
    outcomes = await asyncio.gather(
        ledger.put(entry(1), NOW),
        ledger.put(Entry(key="kind:\ud800", value=b"", expires_at=NOW), NOW),
        ledger.put(Entry(key="kind:late", value=b"", expires_at=2**63), NOW),
        database.write("INSERT INTO ledger (key, value, expires_at) VALUES ('a', 'text', 0)", ()),
        ledger.put(entry(2), NOW),
        return_exceptions=True,
    )
    assert [type(outcome) for outcome in outcomes[1:4]] == [UnicodeEncodeError, OverflowError, StoreUnavailable]
    assert (outcomes[0], outcomes[4]) == (None, None)


async def test_an_attribute_that_no_grant_has_never_reaches_the_database(database: Database) -> None:
    with pytest.raises(ValueError, match="the record has no attribute state = "):
        await SqliteGrants(database).update("0" * 22, Update((), {"state = 'active' --": 1}))


_HOLDER = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.read()
"""


@contextlib.contextmanager
def lock_held_by_another_process(path: Path) -> Iterator[None]:
    command = [sys.executable, "-c", _HOLDER, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        try:
            yield
        finally:
            holder.communicate(timeout=30)


@pytest.mark.row("F-21")
async def test_a_lock_held_too_long_by_another_process_is_store_unavailable(database: Database, tmp_path: Path) -> None:
    grants, grant = SqliteGrants(database), filled()
    await grants.put(grant)
    with lock_held_by_another_process(tmp_path / "mailconnect.db"):
        with pytest.raises(StoreUnavailable, match="database is locked"):
            await grants.update(grant.id, Update((), {"last_used_at": 1}))
        with pytest.raises(StoreUnavailable, match="database is locked"):
            await database.erase_traces()
        assert await grants.get(grant.id) == grant
    assert await grants.update(grant.id, Update((), {"last_used_at": 2}))


async def test_a_read_transaction_elsewhere_keeps_traces_from_being_erased(database: Database, tmp_path: Path) -> None:
    with contextlib.closing(sqlite3.connect(tmp_path / "mailconnect.db", isolation_level=None)) as other:
        other.execute("BEGIN")
        other.execute("SELECT * FROM grants").fetchall()
        await SqliteLedger(database).put(entry(1), NOW)
        with pytest.raises(StoreUnavailable, match="another process keeps the write-ahead log from being emptied"):
            await database.erase_traces()
        other.execute("COMMIT")
        await database.erase_traces()


@pytest.mark.row("F-21")
async def test_a_full_disk_is_store_unavailable_and_loses_nothing_that_was_there(database: Database) -> None:
    ledger = SqliteLedger(database)
    await ledger.put(entry(1), NOW)
    connection = database._writer._connection
    connection.execute("PRAGMA max_page_count = 20")
    outcomes = await asyncio.gather(*(ledger.put(entry(n, 50_000), NOW) for n in (2, 3)), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [StoreUnavailable] * 2
    assert "full" in str(outcomes[0])
    assert await ledger.get(entry(1).key, NOW) == entry(1)
    assert await ledger.get(entry(2).key, NOW) is None
    connection.execute("PRAGMA max_page_count = 10000")
    await ledger.put(entry(2, 50_000), NOW)


@pytest.mark.row("F-21")
async def test_a_dropped_table_is_store_unavailable(database: Database, tmp_path: Path) -> None:
    with contextlib.closing(sqlite3.connect(tmp_path / "mailconnect.db", isolation_level=None)) as other:
        other.execute("DROP TABLE ledger")
    ledger = SqliteLedger(database)
    with pytest.raises(StoreUnavailable, match="no such table"):
        await ledger.get("kind:1", NOW)
    with pytest.raises(StoreUnavailable, match="no such table"):
        await ledger.put(entry(1), NOW)
    await SqliteGrants(database).put(filled())


async def test_closing_waits_for_the_writes_that_were_asked_for(tmp_path: Path) -> None:
    database = Database.open(tmp_path / "mailconnect.db")
    tasks = [asyncio.create_task(SqliteLedger(database).put(entry(number), NOW)) for number in range(250)]
    await asyncio.sleep(0)
    await database.close()
    assert await asyncio.gather(*tasks) == [None] * 250
    database = Database.open(tmp_path / "mailconnect.db")
    assert database.read("SELECT count(*) FROM ledger", ()) == [(250,)]
    await database.close()


async def test_a_closed_database_is_store_unavailable(database: Database) -> None:
    await database.close()
    ledger = SqliteLedger(database)
    for attempt in (ledger.get("kind:1", NOW), ledger.put(entry(1), NOW), database.erase_traces(), database.close()):
        with pytest.raises(StoreUnavailable, match="closed"):
            await attempt


def test_writes_of_an_event_loop_that_has_ended_are_made_and_hold_nobody_up(tmp_path: Path) -> None:
    database = Database.open(tmp_path / "mailconnect.db", timeout=30)
    ledger = SqliteLedger(database)

    async def ask_and_leave(numbers: Sequence[int]) -> None:
        tasks = [asyncio.create_task(ledger.put(entry(number), NOW)) for number in numbers]
        await asyncio.sleep(0)
        for task in tasks:
            task.cancel()

    async def ask_and_wait(lock: sqlite3.Connection) -> list[Entry | None]:
        task = asyncio.create_task(ledger.put(entry(4), NOW))
        await asyncio.sleep(0)
        lock.execute("COMMIT")
        async with asyncio.timeout(30):
            await task
        found = [await ledger.get(entry(number).key, NOW) for number in range(1, 5)]
        await database.close()
        return found

    with contextlib.closing(sqlite3.connect(tmp_path / "mailconnect.db", isolation_level=None)) as lock:
        lock.execute("BEGIN IMMEDIATE")
        asyncio.run(ask_and_leave([1, 2, 3]))
        assert asyncio.run(ask_and_wait(lock)) == [entry(number) for number in range(1, 5)]
