"""One SQLite file that the three adapters share, and any number of server processes with them (docs/storage.md).

Reads run inline on the event loop's thread: in WAL mode they wait for nobody and cost about 20 us. Writes are durable
(`synchronous = FULL`) when they return, and wait for the disk in a thread of their own.
"""

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

from mailconnect.grants.update import Value
from mailconnect.store.sqlite.file import connect, prepare
from mailconnect.store.sqlite.writer import Writer, Written, unavailable

_READ_TIMEOUT = 0.1
"""Seconds. Only a process that mends the file after a crash holds up a reader, and the event loop with it."""

_READER = ("query_only = ON",)
_WRITER = (
    "synchronous = FULL",
    "fullfsync = ON",  # macOS: through the disk's cache too
    "secure_delete = ON",
    "temp_store = MEMORY",  # nothing of a record in other files
)


class Database:
    def __init__(self, reader: sqlite3.Connection, writer: Writer) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    def open(cls, path: Path, *, timeout: float = 5.0) -> Self:
        """Raises DatabaseRefused. `timeout`: seconds that a write waits while other processes write."""
        prepare(path, timeout)
        return cls(connect(path, _READ_TIMEOUT, *_READER), Writer(connect(path, timeout, *_WRITER)))

    def read(self, statement: str, parameters: Sequence[Value]) -> list[tuple[Any, ...]]:
        try:
            return self._reader.execute(statement, parameters).fetchall()
        except UnicodeEncodeError:  # Half of a surrogate pair: no such text can have been stored.
            return []
        except sqlite3.Error as error:
            raise unavailable(error) from error

    async def write(self, statement: str, parameters: Sequence[Value | None]) -> Written:
        """Runs one statement; durable on return. It runs to its end even if the caller is cancelled."""
        return await self._writer.write(statement, parameters)

    async def erase_traces(self) -> None:
        """Leaves no byte of what was deleted or overwritten, in the file or in its write-ahead log.

        Rewrites the file, about 40 ms for 1,000 grants, while writes wait: once for a round of deletions.
        """
        await self._writer.erase_traces()

    async def close(self) -> None:
        await self._writer.close()
        self._reader.close()
