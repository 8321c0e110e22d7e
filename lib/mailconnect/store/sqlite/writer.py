"""All of a process's writes: one thread, one connection, and one commit for as many writes as wait for it.

A write is one statement, whole by itself, and its outcome is told once the commit is on the disk. Nobody has to wait
for the outcome: a write that was asked for happens, also when its request is cancelled.
"""

import asyncio
import contextlib
import sqlite3
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from mailconnect.grants.update import Value
from mailconnect.store.errors import StoreUnavailable

_MAX_AT_ONCE = 100
"""Writes in one commit: other processes wait for the lock meanwhile."""


@dataclass(frozen=True, slots=True)
class Written:
    """`rows` is what a RETURNING clause gave."""

    changed: int
    rows: list[tuple[Any, ...]] = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Write:
    statement: str
    parameters: Sequence[Value | None]
    outcome: asyncio.Future[Written]


class Writer:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._waiting: deque[_Write] = deque()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="sqlite-writer")

    async def write(self, statement: str, parameters: Sequence[Value | None]) -> Written:
        outcome: asyncio.Future[Written] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Write(statement, parameters, outcome))
        self._submit(self._commit_waiting)
        return await outcome

    async def erase_traces(self) -> None:
        await asyncio.wrap_future(self._submit(self._rewrite_file))

    async def close(self) -> None:
        """After the writes that were asked for."""
        await asyncio.shield(asyncio.wrap_future(self._submit(self._connection.close)))
        self._thread.shutdown()

    def _submit(self, work: Callable[[], None]) -> Future[None]:
        try:
            return self._thread.submit(work)
        except RuntimeError as error:
            raise StoreUnavailable("the database is closed") from error

    def _commit_waiting(self) -> None:
        """Runs once for each write; its write may have gone with an earlier one's commit."""
        batch = [self._waiting.popleft() for _ in range(min(len(self._waiting), _MAX_AT_ONCE))]
        if not batch:
            return
        for write, result in zip(batch, self._commit(batch), strict=True):
            with contextlib.suppress(RuntimeError):  # The event loop that asked is closed.
                write.outcome.get_loop().call_soon_threadsafe(_tell, write.outcome, result)

    def _commit(self, batch: list[_Write]) -> list[Written | Exception]:
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            results = [self._execute(write) for write in batch]
            self._connection.execute("COMMIT")
        except Exception as error:  # noqa: BLE001 - whatever it is, all who wait must hear of it, and the thread go on
            if self._connection.in_transaction:
                with contextlib.suppress(sqlite3.Error):
                    self._connection.execute("ROLLBACK")
            return [unavailable(error) for _ in batch]
        return results

    def _execute(self, write: _Write) -> Written | Exception:
        try:
            cursor = self._connection.execute(write.statement, write.parameters)
            rows = cursor.fetchall()
            return Written(cursor.rowcount, rows)
        except sqlite3.IntegrityError as error:  # Undoes its own statement and no other.
            return unavailable(error)
        except (UnicodeEncodeError, OverflowError) as error:  # A value that SQLite has no form for.
            return error

    def _rewrite_file(self) -> None:
        """`secure_delete` zeroes what is deleted, but not the copies that a balanced B-tree page leaves: VACUUM does.

        Then nothing may remain in the write-ahead log either.
        """
        try:
            self._connection.execute("VACUUM")
            ((busy, _, _),) = self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        except sqlite3.Error as error:
            raise unavailable(error) from error
        if busy:
            raise StoreUnavailable("another process keeps the write-ahead log from being emptied")


def unavailable(error: Exception) -> StoreUnavailable:
    failure = StoreUnavailable(f"SQLite: {error}")
    failure.__cause__ = error
    return failure


def _tell(outcome: asyncio.Future[Written], result: Written | Exception) -> None:
    if outcome.done():  # Cancelled: nobody waits any more.
        return
    if isinstance(result, Exception):
        outcome.set_exception(result)
    else:
        outcome.set_result(result)
