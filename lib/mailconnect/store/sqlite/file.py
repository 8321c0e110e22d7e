"""The database file: made and mended for its owner alone, by one process at a time."""

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from mailconnect.data_folder import locked_folder
from mailconnect.store.errors import StoreError
from mailconnect.store.sqlite.schema import APPLICATION_ID, BACKUP_ID, MOVED_ID, VERSION, missing

_OLDEST_SQLITE = (3, 37)
"""STRICT tables."""


class DatabaseRefused(StoreError):
    """At start: the file cannot be used as it is. The sentence names the file and says what to do."""


def prepare(path: Path, timeout: float) -> None:
    """Leaves a database of this version at `path`, mode 0600. Raises DatabaseRefused."""
    if sqlite3.sqlite_version_info < _OLDEST_SQLITE:
        raise DatabaseRefused(f"SQLite {sqlite3.sqlite_version} is too old: mailconnect needs 3.37 or newer")
    # Without the lock, two processes that start at once both turn the new file to WAL, and at times one of them fails.
    with refusing(path), _locked_folder(path.parent, timeout):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        with contextlib.closing(connect(path, timeout)) as connection:
            _check_version(connection, path)
            _make_private(path)
            _complete(connection, path)


def connect(path: Path, timeout: float, *settings: str) -> sqlite3.Connection:
    """In autocommit mode; used by one thread at a time, not always the one that opened it. Raises DatabaseRefused."""
    with refusing(path):
        connection = sqlite3.connect(path.absolute(), timeout=timeout, isolation_level=None, check_same_thread=False)
        for setting in settings:
            connection.execute(f"PRAGMA {setting}")
        return connection


@contextlib.contextmanager
def refusing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise DatabaseRefused(f"{path} cannot be opened: {error.strerror}") from error
    except sqlite3.Error as error:
        raise DatabaseRefused(
            f"{path} cannot be used ({error}): if it is damaged, restore it or move it away"
        ) from error


@contextlib.contextmanager
def _locked_folder(folder: Path, timeout: float) -> Iterator[None]:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with locked_folder(folder, timeout):
        yield


def _make_private(path: Path) -> None:
    """SQLite gives the files that it makes beside the database (-wal, -shm) the database's mode."""
    for file in (path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")):
        if file.exists() and file.stat().st_mode & 0o077:
            file.chmod(0o600)


def _check_version(connection: sqlite3.Connection, path: Path) -> None:
    application, version, tables = (
        connection.execute(question).fetchall()[0][0]
        for question in ("PRAGMA application_id", "PRAGMA user_version", "SELECT count(*) FROM sqlite_master")
    )
    if application == MOVED_ID:
        raise DatabaseRefused(
            f"{path} was moved to another folder by mailconnect backup --move: start the server there"
        )
    if application == BACKUP_ID:
        raise DatabaseRefused(f"{path} is a backup: bring it back with mailconnect restore")
    if application != APPLICATION_ID and tables:
        raise DatabaseRefused(f"{path} is not a mailconnect database: name another file")
    if version > VERSION:
        raise DatabaseRefused(
            f"{path} was written by a newer mailconnect (storage version {version}, this one knows {VERSION}):"
            " start that one, or name another file"
        )


def _complete(connection: sqlite3.Connection, path: Path) -> None:
    if connection.execute("PRAGMA journal_mode = WAL").fetchall() != [("wal",)]:
        raise DatabaseRefused(f"{path} is on a file system that SQLite's write-ahead log cannot use: take a local disk")
    statements = missing(connection)
    if not statements:
        return
    marks = (f"PRAGMA application_id = {APPLICATION_ID}", f"PRAGMA user_version = {VERSION}")
    connection.execute("BEGIN IMMEDIATE")
    for statement in (*statements, *marks):
        connection.execute(statement)
    connection.execute("COMMIT")
