"""The data folder of one machine: its owner's alone, and locked by one process at a time, for a bounded wait."""

import contextlib
import fcntl
import os
import re
import time
from collections.abc import Iterator
from pathlib import Path

LOCK_SECONDS = 5.0
"""A process of ours keeps the lock for milliseconds."""

_PAUSE = 0.02
_OURS = re.compile(
    r"mailconnect\.sqlite3|sandbox\.sqlite3|keys\.json|provider_client\.|(audit|events|requests)\.log|outbox\Z"
)


class FolderShared(Exception):
    """Other users can open the folder, and other things than ours are in it."""


class FolderLocked(OSError):
    """Another process has kept the lock for too long."""

    def __init__(self) -> None:
        super().__init__()
        self.strerror = "another process keeps its folder locked; see which one, and end it"


def private_folder(folder: Path) -> None:
    """Makes it, or takes the rights of others from it: who can open a folder can lock it, and so stop every start and
    every line of the logs. Raises OSError, FolderShared.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not folder.stat().st_mode & 0o077:
        return
    if not all(_OURS.match(entry.name) for entry in folder.iterdir()):
        raise FolderShared
    folder.chmod(0o700)


@contextlib.contextmanager
def locked_folder(folder: Path, timeout: float = LOCK_SECONDS) -> Iterator[int]:
    """The folder's descriptor. `timeout`: seconds that others may keep the lock. Raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        _lock(descriptor, time.monotonic() + timeout)
        yield descriptor
    finally:
        os.close(descriptor)


def _lock(descriptor: int, end: float) -> None:
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= end:
                raise FolderLocked from None
            time.sleep(_PAUSE)
        else:
            return
