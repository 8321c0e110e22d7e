"""Brings a backup back as a database, and marks the grants whose provider tokens may be old (docs/decisions/0024)."""

import contextlib
import os
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from mailconnect import pseudonyms
from mailconnect.data_folder import locked_folder
from mailconnect.grants.grant import GrantState
from mailconnect.grants.provider_refresh.restored import IN_DOUBT, QUIET_SECONDS
from mailconnect.grants.retirement import Reason, retire
from mailconnect.store.sqlite.backup import BackupRefused, check_whole, sync
from mailconnect.store.sqlite.file import connect, prepare, refusing
from mailconnect.store.sqlite.grants import statement
from mailconnect.store.sqlite.schema import APPLICATION_ID, BACKUP_ID, VERSION

_MARK = """
UPDATE grants SET restored_at = :now, refresh_unknown = iif(
    lease_id IS NOT NULL OR refresh_unknown IS NOT NULL
    OR max(coalesce(access_expires_at, 0), coalesce(previous_access_expires_at, 0)) > :quiet,
    :in_doubt, NULL)
WHERE state = :active
"""
_COUNT = """
SELECT count(*) FILTER (WHERE state = 'active'), count(*) FILTER (WHERE refresh_unknown = :in_doubt) FROM grants
"""


@dataclass(frozen=True, slots=True)
class Contents:
    """A backup's own facts. `data_keys`: the sealed data keys of its grants."""

    taken_at: int
    moved: bool
    files: Mapping[str, bytes]
    data_keys: tuple[bytes, ...] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """`active` grants, how many of them are `in_doubt`, and how many `ended` because a log said so."""

    active: int
    in_doubt: int
    ended: int
    moved: bool


def read(backup: Path) -> Contents:
    """Raises BackupRefused, DatabaseRefused."""
    with refusing(backup), contextlib.closing(_opened(backup)) as connection:
        [(application,)] = connection.execute("PRAGMA application_id")
        [(version,)] = connection.execute("PRAGMA user_version")
        if application != BACKUP_ID:
            raise BackupRefused(f"{backup} is not a finished backup of mailconnect: name another file")
        if version > VERSION:
            raise BackupRefused(f"{backup} was written by a newer mailconnect: restore it with that one")
        [(taken_at, moved)] = connection.execute("SELECT taken_at, moved FROM backup")
        files = dict(connection.execute("SELECT name, content FROM backup_files").fetchall())
        data_keys = tuple(key for (key,) in connection.execute("SELECT data_key FROM grants"))
    return Contents(taken_at, bool(moved), files, data_keys)


def restore(backup: Path, database: Path, now: int, ended: Mapping[str, Reason]) -> Restored:
    """Makes `database`, which must not be there; durable and whole on return, or not made.

    `ended`: why grants ended that are ended here too, by the hashes of their ids.
    Raises BackupRefused, DatabaseRefused.
    """
    contents = read(backup)
    moved = contents.moved and _used_up(backup)
    new = database.with_name(f"{database.name}.restoring")
    _check_free(database)
    with refusing(new), _made_anew(new):
        _copy(backup, new)
        prepare(new, 5.0)  # What this version adds to the records, the marks among it.
        with refusing(new), contextlib.closing(connect(new, 5.0, "synchronous = FULL")) as copy:
            if not moved:
                times = {"now": now, "quiet": contents.taken_at - QUIET_SECONDS}
                copy.execute(_MARK, times | {"in_doubt": IN_DOUBT, "active": GrantState.ACTIVE})
            retired = _end(copy, ended, now)
            [(active, in_doubt)] = copy.execute(_COUNT, {"in_doubt": IN_DOUBT})
        sync(new)
        with refusing(database), locked_folder(database.parent):
            _check_free(database)
            os.link(new, database)
    sync(database)
    return Restored(active=active, in_doubt=in_doubt, ended=retired, moved=moved)


def _opened(backup: Path) -> sqlite3.Connection:
    """Makes no file, unlike a connection that may write."""
    return sqlite3.connect(f"file:{quote(str(backup.absolute()))}?mode=ro", uri=True, isolation_level=None)


def _beside(database: Path, *suffixes: str) -> list[Path]:
    return [database, *(database.with_name(f"{database.name}-{suffix}") for suffix in suffixes)]


def _check_free(database: Path) -> None:
    for there in _beside(database, "wal", "shm"):
        if there.exists():
            raise BackupRefused(
                f"{there} is there already, and nothing is overwritten: move it away, or name another folder"
            )


def _used_up(backup: Path) -> bool:
    """Whether this is the moved store's first restore; the file says from now on that it was restored.

    A later restore finds tokens that were refreshed since the first.
    """
    try:
        with contextlib.closing(sqlite3.connect(backup, isolation_level=None)) as connection:
            return connection.execute("UPDATE backup SET moved = 0 WHERE moved = 1").rowcount == 1
    except sqlite3.Error:
        return False


@contextlib.contextmanager
def _made_anew(new: Path) -> Iterator[None]:
    """An empty file of mode 0600, gone afterwards; a restore that was killed may have left one."""
    everything = _beside(new, "wal", "shm", "journal")
    for file in everything:
        file.unlink(missing_ok=True)
    try:
        new.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        yield
    finally:
        for file in everything:
            file.unlink(missing_ok=True)


def _copy(backup: Path, new: Path) -> None:
    with contextlib.closing(_opened(backup)) as source, contextlib.closing(connect(new, 5.0)) as copy:
        source.backup(copy)
        check_whole(copy)
        copy.execute("DROP TABLE backup")
        copy.execute("DROP TABLE backup_files")
        copy.execute(f"PRAGMA application_id = {APPLICATION_ID}")


def _end(copy: sqlite3.Connection, ended: Mapping[str, Reason], now: int) -> int:
    """How many were ended: their provider tokens are then revoked by the sweep."""
    there = [grant_id for (grant_id,) in copy.execute("SELECT id FROM grants").fetchall()]
    found = {grant_id: ended[name] for grant_id in there if (name := pseudonyms.grant_hash(grant_id)) in ended}
    return sum(copy.execute(*statement(grant_id, retire(why, now))).rowcount for grant_id, why in found.items())
