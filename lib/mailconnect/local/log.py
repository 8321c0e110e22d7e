"""The three logs of one machine. A request costs a line, so lines are written by the bundle and not one by one."""

import asyncio
import fcntl
import json
import logging
import math
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path

from mailconnect.store.audit import What

_LARGEST, _OLDER = 1_000_000, 4
_BUNDLE = 64
_SECONDS = 1.0
_MINUTE = 60
_MAX_KINDS = 200
_RANDOM = ("request", "reference")
_TRIES, _BETWEEN_TRIES = 10, 0.01  # seconds
_WITHOUT_TRIES = 5.0
"""Seconds after a wait in vain in which a line does not wait at all: a request's time is not spent on a log."""

SECURITY_EVENTS = frozenset(
    {
        What.SIGNED_IN,
        What.CONNECTED,
        What.NARROWED,
        What.WIDENED,
        What.SENDING_CHOSEN,
        What.MESSAGE_SENT,
        What.SEND_UNDONE,
        What.SEND_LIMITED,
        What.SEND_DECLINED,
        What.BROWSER_TRUSTED,
        What.BROWSER_FORGOTTEN,
        What.LISTED,
        What.EXPORTED,
        What.ERASURE_REQUESTED,
        What.GRANT_RETIRED,
        What.WRAP_OPENED,
        What.ERASED,
        "event_not_kept",
        "revocation_given_up",
        "seal_broken",
        "store_backed_up",
        "store_moved",
        "store_restored",
        "switch_turned",
        "worker_died",
    }
)
"""A denied consent is none of them: nobody needs to sign in to deny. Nor is a token that an assistant gives back or
repeats, which it may do without end.
"""


class Shared(RotatingFileHandler):
    """Several processes write it: one at a time, and into the file that has the name by then.

    A process that was stopped while it wrote keeps the others waiting for a tenth of a second. Then they write all the
    same, each line whole, and no file begins anew until it goes on or is killed.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path, maxBytes=_LARGEST, backupCount=_OLDER, delay=True, encoding="utf-8")
        self._waits_from = -math.inf

    def _open(self) -> TextIOWrapper:
        """The operator's command writes here too, under whatever umask: the file is its owner's alone."""
        return open(self.baseFilename, "a", encoding=self.encoding, opener=_private)

    def emit(self, record: logging.LogRecord) -> None:
        path = Path(self.baseFilename)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            alone = self._alone(folder)
            if self.stream is not None and not _same(path, self.stream.fileno()):
                self.stream.close()  # Another process has begun a new file.
                self.stream = self._open()
            if alone:
                super().emit(record)
            else:
                logging.FileHandler.emit(self, record)
        finally:
            os.close(folder)

    def _alone(self, folder: int) -> bool:
        """Whether no other process writes until `folder` is closed."""
        for number in range(_TRIES if time.monotonic() >= self._waits_from else 1):
            if number:
                time.sleep(_BETWEEN_TRIES)
            try:
                fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            self._waits_from = -math.inf
            return True
        if time.monotonic() >= self._waits_from:
            self._waits_from = time.monotonic() + _WITHOUT_TRIES
        return False


class Security(Shared):
    """The events that say what became of people's access. Nobody can cause them without signing in, so no flood
    takes their place in this file.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.addFilter(lambda record: _event(record) in SECURITY_EVENTS)


class Events(Shared):
    """All other events. Each kind has one line a minute: the first is written, the others are counted.

    Strangers can cause refusals without end, so the kinds are bounded too. Past `_MAX_KINDS` in a minute, a line is
    counted by its event alone.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.addFilter(lambda record: _event(record) not in SECURITY_EVENTS)
        self._counted: dict[str, _Count] = {}

    def emit(self, record: logging.LogRecord) -> None:
        self._tell(record.created)
        kind = _kind(record.getMessage())
        if kind not in self._counted and len(self._counted) >= _MAX_KINDS:
            kind = json.dumps({"event": _event(record)})
        if kind in self._counted:
            self._counted[kind].further += 1
            return
        self._counted[kind] = _Count(record.created)
        super().emit(record)

    def close(self) -> None:
        self._tell(math.inf)
        super().close()

    def _tell(self, now: float) -> None:
        """Writes what was counted in minutes that are over by now. The kinds are in the order of their first lines."""
        while self._counted:
            kind, count = next(iter(self._counted.items()))
            if now - count.since < _MINUTE:
                return
            del self._counted[kind]
            if count.further:
                line = json.dumps(json.loads(kind) | {"further": count.further})
                super().emit(logging.makeLogRecord({"msg": line}))


@dataclass(slots=True)
class _Count:
    since: float
    further: int = 0


def _event(record: logging.LogRecord) -> str:
    return str(json.loads(record.getMessage())["event"])


def _kind(message: str) -> str:
    """The common part of all lines of a kind: all but the random names of the request and of the page shown."""
    facts = json.loads(message)
    return json.dumps({name: fact for name, fact in facts.items() if name not in _RANDOM})


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


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _same(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def keep_logs(folder: Path) -> Bundled:
    """Keeps the last five megabytes each of security events, of other events and of requests, none of which names a
    person or holds a secret.

    Events are few, and each is written when it happens, or counted. The lines of requests go to the returned handler.
    """
    # Facts that no line shows need not be found out for each (Python's logging HOWTO, Optimization).
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    for events in _events(folder):
        _attach("audit", events)
    requests = Bundled(folder / "requests.log")
    _attach("requests", requests)
    return requests


@contextmanager
def events_kept(folder: Path) -> Iterator[None]:
    """For a command that runs beside the server: its events go into the same two files, until it ends."""
    audit = logging.getLogger("mailconnect.audit")
    before = audit.level, audit.propagate
    handlers = _events(folder)
    for handler in handlers:
        _attach("audit", handler)
    try:
        yield
    finally:
        for handler in handlers:
            audit.removeHandler(handler)
            handler.close()
        level, audit.propagate = before
        audit.setLevel(level)


def _events(folder: Path) -> tuple[Shared, Shared]:
    handlers = Security(folder / "audit.log"), Events(folder / "events.log")
    for handler in handlers:
        handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    return handlers


def _attach(name: str, handler: logging.Handler) -> None:
    log = logging.getLogger(f"mailconnect.{name}")
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    log.propagate = False
