"""The two logs of one machine. A request costs a line, so lines are written by the bundle and not one by one."""

import asyncio
import logging
from logging.handlers import RotatingFileHandler
from pathlib import Path

_LARGEST, _OLDER = 1_000_000, 4
_BUNDLE = 64
_SECONDS = 1.0


class Bundled(RotatingFileHandler):
    """Writes what has come within a second, or 64 lines, at once; the file grows over its size by at most that."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, maxBytes=_LARGEST, backupCount=_OLDER, delay=True, encoding="utf-8")
        self._lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self._lines.append(record.getMessage())
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


def keep_logs(folder: Path) -> None:
    """The last five megabytes each of events and of requests, none of which names a person or holds a secret.

    Events are few, and each is written when it happens.
    """
    events = RotatingFileHandler(
        folder / "audit.log", maxBytes=_LARGEST, backupCount=_OLDER, delay=True, encoding="utf-8"
    )
    events.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    for name, handler in (("audit", events), ("requests", Bundled(folder / "requests.log"))):
        log = logging.getLogger(f"mailconnect.{name}")
        log.addHandler(handler)
        log.setLevel(logging.INFO)
        log.propagate = False
