"""The file: its owner, its version, and the files that are refused."""

import contextlib
import dataclasses
import sqlite3
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from mailconnect.grants.update import Equals, Update
from mailconnect.store.errors import RecordUnknown, StoreUnavailable
from mailconnect.store.sqlite import clients, grants, ledger
from mailconnect.store.sqlite.clients import SqliteClients
from mailconnect.store.sqlite.database import Database
from mailconnect.store.sqlite.file import DatabaseRefused
from mailconnect.store.sqlite.grants import SqliteGrants
from mailconnect.store.sqlite.schema import VERSION
from tests.store.clients_contract import PUBLIC
from tests.store.grants_contract import filled
from tests.store.transitions import NOW

pytestmark = pytest.mark.anyio


@contextlib.contextmanager
def plain(path: Path) -> Iterator[sqlite3.Connection]:
    """The file as someone else's program opens it."""
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        yield connection


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def files(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())


async def test_folder_file_and_neighbours_are_their_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "data" / "mailconnect.db"
    database = Database.open(path)
    await SqliteGrants(database).put(filled())
    assert [file.name for file in files(path.parent)] == ["mailconnect.db", "mailconnect.db-shm", "mailconnect.db-wal"]
    assert [mode(file) for file in files(path.parent)] == [0o600] * 3
    assert mode(path.parent) == 0o700
    await database.close()


async def test_a_file_that_others_could_read_is_closed_to_them(tmp_path: Path) -> None:
    path = tmp_path / "mailconnect.db"
    await Database.open(path).close()
    path.chmod(0o644)
    database = Database.open(path)
    await SqliteGrants(database).put(filled())
    assert [mode(file) for file in files(tmp_path)] == [0o600] * 3
    await database.close()


async def test_a_closed_database_is_one_file_and_opens_again(tmp_path: Path) -> None:
    path = tmp_path / "mailconnect.db"
    database = Database.open(path)
    grant = filled()
    await SqliteGrants(database).put(grant)
    await database.close()
    assert files(tmp_path) == [path]
    database = Database.open(path)
    assert await SqliteGrants(database).get(grant.id) == grant
    await database.close()


@pytest.mark.row("F-42")
async def test_attributes_of_a_newer_version_are_tolerated_and_preserved(tmp_path: Path) -> None:
    path = tmp_path / "mailconnect.db"
    grant = filled()
    database = Database.open(path)
    await SqliteGrants(database).put(grant)
    await SqliteClients(database).put(PUBLIC)
    with plain(path) as newer:
        for table in ("grants", "clients"):
            newer.execute(f"ALTER TABLE {table} ADD COLUMN of_tomorrow TEXT")
            newer.execute(f"UPDATE {table} SET of_tomorrow = 'kept'")
        newer.execute("CREATE TABLE of_tomorrow (id TEXT)")
    for running in (database, Database.open(path)):
        stored = await SqliteGrants(running).get(grant.id)
        assert stored is not None
        assert stored.props == grant.props
        assert await SqliteGrants(running).update(
            grant.id, Update((Equals("props", grant.props),), {"last_used_at": NOW})
        )
        assert await SqliteClients(running).get(PUBLIC.id, NOW) == PUBLIC
        await running.close()
    with plain(path) as newer:
        for table in ("grants", "clients"):
            assert newer.execute(f"SELECT of_tomorrow FROM {table}").fetchall() == [("kept",)]


@pytest.mark.row("F-42")
async def test_a_file_that_lacks_a_field_gains_it(tmp_path: Path) -> None:
    path = tmp_path / "mailconnect.db"
    grant = filled()
    database = Database.open(path)
    await SqliteGrants(database).put(grant)
    await database.close()
    with plain(path) as older:
        older.execute("ALTER TABLE grants DROP COLUMN revoke_attempts")
        older.execute("DROP TABLE ledger")
        older.execute("DROP INDEX grants_owner")
    database = Database.open(path)
    assert await SqliteGrants(database).get(grant.id) == dataclasses.replace(grant, revoke_attempts=None)
    await database.close()
    with plain(path) as now:
        names = {name for (name,) in now.execute("SELECT name FROM sqlite_master")}
    assert {"ledger", "ledger_expires_at", "grants_owner", "grants_due_at"} <= names


async def test_a_state_of_another_version_is_not_guessed_at(tmp_path: Path) -> None:
    path = tmp_path / "mailconnect.db"
    database = Database.open(path)
    grant = filled()
    await SqliteGrants(database).put(grant)
    await SqliteClients(database).put(PUBLIC)
    with plain(path) as newer:
        newer.execute("UPDATE grants SET state = 'paused'")
        newer.execute("UPDATE clients SET redirect_uris = '['")
    with pytest.raises(RecordUnknown, match="a grant in a state that this version does not know"):
        await SqliteGrants(database).get(grant.id)
    with pytest.raises(StoreUnavailable, match="a client in a form that this version does not know"):
        await SqliteClients(database).get(PUBLIC.id, NOW)
    await database.close()


async def test_a_newer_files_version_is_refused_in_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "mailconnect.db"
    await Database.open(path).close()
    with plain(path) as newer:
        newer.execute(f"PRAGMA user_version = {VERSION + 1}")
    before = path.read_bytes()
    with pytest.raises(DatabaseRefused) as refused:
        Database.open(path)
    assert str(refused.value) == (
        f"{path} was written by a newer mailconnect (storage version {VERSION + 1}, this one knows {VERSION}):"
        " start that one, or name another file"
    )
    assert path.read_bytes() == before


async def test_another_programs_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "addresses.db"
    with plain(path) as other:
        other.execute("CREATE TABLE people (name)")
    path.chmod(0o644)
    before = path.read_bytes()
    with pytest.raises(DatabaseRefused, match="is not a mailconnect database"):
        Database.open(path)
    assert path.read_bytes() == before
    assert mode(path) == 0o644


@pytest.mark.parametrize("content", [b"no database at all, but long enough " * 100, b"SQLite format 3\0" + bytes(4080)])
async def test_a_damaged_file_is_refused_in_one_sentence(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "mailconnect.db"
    path.write_bytes(content)
    with pytest.raises(DatabaseRefused, match=r"cannot be used \(.*\): if it is damaged, restore it or move it away"):
        Database.open(path)
    assert path.read_bytes() == content


async def test_a_path_that_cannot_be_a_file_is_refused_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(DatabaseRefused, match="cannot be opened: Is a directory"):
        Database.open(tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(DatabaseRefused, match=r"cannot be opened: (Not a directory|File exists)"):
        Database.open(tmp_path / "file" / "mailconnect.db")


async def test_an_empty_file_becomes_a_database(tmp_path: Path) -> None:
    path = tmp_path / "mailconnect.db"
    path.touch()
    database = Database.open(path)
    await SqliteGrants(database).put(filled())
    await database.close()


async def test_writes_are_durable_and_deletions_overwritten(tmp_path: Path) -> None:
    database = Database.open(tmp_path / "mailconnect.db")
    connection = database._writer._connection
    settings = {
        name: connection.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("journal_mode", "synchronous", "fullfsync", "secure_delete", "temp_store")
    }
    assert settings == {"journal_mode": "wal", "synchronous": 2, "fullfsync": 1, "secure_delete": 1, "temp_store": 2}
    await database.close()


@pytest.mark.parametrize(
    ("statement", "values"),
    [
        (grants._GET, ("id",)),
        (grants._DUE, (NOW, 10, 0)),
        (grants._OWNED_BY, ("owner",)),
        (clients._GET, ("id", NOW)),
        (clients._DELETE_EXPIRED, (NOW,)),
        (ledger._GET, ("key", NOW)),
        (ledger._DELETE_EXPIRED, (NOW,)),
    ],
)
async def test_a_lookup_needs_no_scan(tmp_path: Path, statement: str, values: tuple[str | int, ...]) -> None:
    database = Database.open(tmp_path / "mailconnect.db")
    plan = database.read(f"EXPLAIN QUERY PLAN {statement}", values)
    assert [step[3].split()[0] for step in plan if "ORDER BY" not in step[3]] == ["SEARCH"]
    await database.close()
