"""Copies the database into one file while servers write it (docs/storage.md, Backups)."""

# ruff: noqa: S608 - the names put into the statements are this module's own

import contextlib
import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from mailconnect import pseudonyms
from mailconnect.grants.provider_refresh.refreshed import Refreshed, hand_over, store_refreshed
from mailconnect.ledger_keys import LedgerKind
from mailconnect.store.errors import StoreError
from mailconnect.store.sqlite.file import connect, refusing
from mailconnect.store.sqlite.grants import statement
from mailconnect.store.sqlite.schema import APPLICATION_ID, BACKUP_ID, MOVED_ID

Waiting = Callable[[], Mapping[str, Refreshed]]
"""The outbox's entries at this moment, by the hash of the grant's id."""

_LASTING = (LedgerKind.RECEIPT, LedgerKind.ENDED)
"""Kinds of ledger entries that are copied. The others are kept for two days at most (decision 0015)."""

_TABLES = (
    "CREATE TABLE backup (taken_at INTEGER NOT NULL, moved INTEGER NOT NULL) STRICT",
    "CREATE TABLE backup_files (name TEXT PRIMARY KEY, content BLOB NOT NULL) STRICT",
)


class BackupRefused(StoreError):
    """Nothing was done. The sentence names the file and says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupCounts:
    grants: int
    clients: int


def take(
    database: Path, target: Path, waiting: Waiting, files: Mapping[str, bytes], now: int, *, move: bool = False
) -> BackupCounts:
    """Writes `target`, a new file of mode 0600, durable on return.

    The refreshed tokens that wait in the outbox are put in their grants' place. `files` are kept beside the records.
    `move`: no server may have the database open, and none starts on it afterwards.
    Raises BackupRefused, DatabaseRefused, StoreUnavailable.
    """
    with _reserved(target), contextlib.closing(_source(database, move=move)) as source:
        before = waiting()
        with refusing(target), contextlib.closing(connect(target, 5.0, "temp_store = MEMORY")) as copy:
            source.backup(copy)  # One read transaction: consistent, and in WAL mode no writer waits for it.
            copy.execute("PRAGMA journal_mode = DELETE")
            _deliver(copy, _newest(before, waiting()))
            _forget(copy)
            taken = _complete(copy, files, now, move=move)
        sync(target)
        if move:
            with refusing(database):
                source.execute(f"PRAGMA application_id = {MOVED_ID}")
    return taken


@contextlib.contextmanager
def _reserved(target: Path) -> Iterator[None]:
    """The file is there before a byte is written, and readable by its owner alone; gone again after a failure."""
    try:
        os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        raise BackupRefused(f"{target} exists already: name another file") from None
    except OSError as error:
        raise BackupRefused(f"{target} cannot be written ({error.strerror}): name another file") from None
    try:
        yield
    except BaseException:
        target.unlink(missing_ok=True)
        raise


def _source(database: Path, *, move: bool) -> sqlite3.Connection:
    connection = connect(database, 5.0, *(("locking_mode = EXCLUSIVE",) if move else ("query_only = ON",)))
    try:
        _check_ours(connection, database)
    except BaseException:
        connection.close()
        raise
    return connection


def _check_ours(connection: sqlite3.Connection, database: Path) -> None:
    """In the exclusive locking mode the first write takes the file for this connection alone, until it is closed."""
    try:
        if connection.execute("PRAGMA query_only").fetchall() == [(0,)]:
            connection.execute("BEGIN EXCLUSIVE")
            connection.execute("COMMIT")
        [(application,)] = connection.execute("PRAGMA application_id").fetchall()
    except sqlite3.OperationalError:
        raise BackupRefused(f"Another process has {database} to itself: stop the server, and try again") from None
    except sqlite3.DatabaseError as error:
        raise BackupRefused(f"{database} cannot be read ({error}): restore the latest backup") from None
    if application == MOVED_ID:
        raise BackupRefused(f"{database} was moved: it is in use where its copy was restored")
    if application != APPLICATION_ID:
        raise BackupRefused(f"{database} is not a database of mailconnect: there is nothing to copy")


def _newest(before: Mapping[str, Refreshed], after: Mapping[str, Refreshed]) -> dict[str, Refreshed]:
    """A token may be put into the outbox, or go from there to its grant, while the database is copied."""
    return {
        name: max((one for one in (before.get(name), after.get(name)) if one), key=lambda one: one.props_version)
        for name in {*before, *after}
    }


def _deliver(copy: sqlite3.Connection, waiting: Mapping[str, Refreshed]) -> None:
    if not waiting:
        return
    for (grant_id,) in copy.execute("SELECT id FROM grants").fetchall():
        refreshed = waiting.get(pseudonyms.grant_hash(grant_id))
        if refreshed is not None:
            for update in (store_refreshed(refreshed), hand_over(refreshed)):
                copy.execute(*statement(grant_id, update))


def _forget(copy: sqlite3.Connection) -> None:
    kept = " OR ".join(f"key GLOB '{kind}:*'" for kind in _LASTING)
    copy.execute(f"DELETE FROM ledger WHERE NOT ({kept})")
    copy.execute("DELETE FROM counters")


def _complete(copy: sqlite3.Connection, files: Mapping[str, bytes], now: int, *, move: bool) -> BackupCounts:
    """Marks the copy as a backup last: a copy that was not finished is none."""
    for table in _TABLES:
        copy.execute(table)
    copy.execute("INSERT INTO backup (taken_at, moved) VALUES (?, ?)", (now, move))
    copy.executemany("INSERT INTO backup_files (name, content) VALUES (?, ?)", files.items())
    copy.execute("VACUUM")  # leaves no byte of what was deleted
    check_whole(copy)
    copy.execute(f"PRAGMA application_id = {BACKUP_ID}")
    [(grants, clients)] = copy.execute("SELECT (SELECT count(*) FROM grants), (SELECT count(*) FROM clients)")
    return BackupCounts(grants=grants, clients=clients)


def check_whole(connection: sqlite3.Connection) -> None:
    """Raises sqlite3.DatabaseError."""
    [(verdict,), *_] = connection.execute("PRAGMA integrity_check").fetchall()
    if verdict != "ok":
        raise sqlite3.DatabaseError(verdict)


def sync(file: Path) -> None:
    """The file and its name are durable on return."""
    for path in (file, file.parent):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
