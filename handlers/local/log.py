"""The two logs of one machine. A request costs a line, so lines are written by the bundle and not one by one."""

import asyncio
import fcntl
import logging
import os
from logging.handlers import RotatingFileHandler
from pathlib import Path

_LARGEST, _OLDER = 1_000_000, 4
_BUNDLE = 64
_SECONDS = 1.0


class Shared(RotatingFileHandler):
    """Several processes write it: one at a time, and into the file that has the name by then."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, maxBytes=_LARGEST, backupCount=_OLDER, delay=True, encoding="utf-8")

    def emit(self, record: logging.LogRecord) -> None:
        path = Path(self.baseFilename)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)
            if self.stream is not None and not _same(path, self.stream.fileno()):
                self.stream.close()  # Another process has begun a new file.
                self.stream = self._open()
            super().emit(record)
        finally:
            os.close(folder)


class Bundled(Shared):
    """Writes what has come within a second, or 64 lines, at once; the file grows over its size by at most that."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.write(record.getMessage())

    def write(self, line: str) -> None:
        """For the requests themselves, past logging: it would cost as much as all the rest of a line."""
        self._lines.append(line)
        if len(self._lines) >= _BUNDLE:
            self.flush()
        elif len(self._lines) == 1:
            try:
                asyncio.get_running_loop().call_later(_SECONDS, self.flush)
            except RuntimeError:  # no loop, so nobody would come back to it
                self.flush()

    def flush(self) -> None:
        lines, self._lines = self._lines, []
        if lines:
            bundle = logging.makeLogRecord({"msg": "\n".join(lines), "levelno": logging.INFO})
            super().emit(bundle)
        super().flush()


def _same(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def keep_logs(folder: Path) -> Bundled:
    """Keeps the last five megabytes each of events and of requests, none of which names a person or holds a secret.

    Events are few, and each is written when it happens. Lines of requests go to what is returned.
    """
    # What no line shows need not be found out for each (Python's logging HOWTO, Optimization).
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    events = Shared(folder / "audit.log")
    events.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    requests = Bundled(folder / "requests.log")
    for name, handler in (("audit", events), ("requests", requests)):
        log = logging.getLogger(f"mailconnect.{name}")
        log.addHandler(handler)
        log.setLevel(logging.INFO)
        log.propagate = False
    return requests
