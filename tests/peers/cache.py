"""What a peer needs and this machine may not have is brought once, into a folder that git ignores."""

import fcntl
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CACHE = Path(__file__).parent / ".cache"
_LONGEST = 300


class PeerUnavailableError(RuntimeError):
    """The message is one sentence that says what is missing."""


@contextmanager
def alone(what: str) -> Iterator[None]:
    """No other test run is bringing the same thing."""
    CACHE.mkdir(exist_ok=True)
    with (CACHE / f"{what}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def run(command: list[str], folder: Path | None = None, **environment: str) -> None:
    """Raises PeerUnavailableError."""
    told = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=_LONGEST,
    )
    if told.returncode:
        last = (told.stderr.strip().splitlines() or ["nothing"])[-1]
        raise PeerUnavailableError(f"A peer could not be brought: {' '.join(command)} said: {last}")
