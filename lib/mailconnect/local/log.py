"""The two logs of one machine. A request costs a line, so lines are written by the bundle and not one by one."""

import asyncio
import fcntl
import json
import logging
import math
import os
from logging.handlers import RotatingFileHandler
from pathlib import Path

_LARGEST, _OLDER = 1_000_000, 4
_BUNDLE = 64
_SECONDS = 1.0
_MINUTE = 60


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


class Events(Shared):
    """Refusals that name no connection and no client, which any stranger can cause without end, are a line a minute for
    each kind: they would take the place of all else that has happened. The first is written, the others are counted.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._counted: dict[str, tuple[float, int]] = {}

    def emit(self, record: logging.LogRecord) -> None:
        self._tell(record.created)
        kind = _kind_of_refusal(record.getMessage())
        if kind in self._counted:
            since, times = self._counted[kind]
            self._counted[kind] = since, times + 1
            return
        if kind:
            self._counted[kind] = record.created, 0
        super().emit(record)

    def close(self) -> None:
        self._tell(math.inf)
        super().close()

    def _tell(self, now: float) -> None:
        """What was counted in minutes that are over by now."""
        for kind, (since, times) in [*self._counted.items()]:
            if now - since >= _MINUTE:
                del self._counted[kind]
                if times:
                    line = json.dumps(json.loads(kind) | {"further": times})
                    super().emit(logging.makeLogRecord({"msg": line}))


def _kind_of_refusal(message: str) -> str:
    """What all of its kind have in common; "" for what is no refusal, or of somebody."""
    facts = json.loads(message)
    facts.pop("request", None)
    if not facts["event"].endswith(("_refused", "_rejected")) or "grant" in facts or "client" in facts:
        return ""
    return json.dumps(facts)


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

    Events are few, and each is written when it happens, or counted. Lines of requests go to what is returned.
    """
    # What no line shows need not be found out for each (Python's logging HOWTO, Optimization).
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    events = Events(folder / "audit.log")
    events.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    requests = Bundled(folder / "requests.log")
    for name, handler in (("audit", events), ("requests", requests)):
        log = logging.getLogger(f"mailconnect.{name}")
        log.addHandler(handler)
        log.setLevel(logging.INFO)
        log.propagate = False
    return requests
