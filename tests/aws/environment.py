"""The emulators' own virtual environment, `.venv-aws`: installed once, and again whenever requirements.txt changes."""

import fcntl
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).parent
FOLDER = HERE.parents[1] / ".venv-aws"
REQUIREMENTS = HERE / "requirements.txt"


class EnvironmentUnavailableError(RuntimeError):
    """The message is one sentence that says what is missing."""


def python() -> Path:
    """Its interpreter. Raises EnvironmentUnavailableError."""
    program, stamp = FOLDER / "bin" / "python", FOLDER / ".installed.txt"
    with _alone():
        if not stamp.exists() or stamp.read_bytes() != REQUIREMENTS.read_bytes():
            stamp.unlink(missing_ok=True)
            _uv("venv", "--quiet", "--clear", "--python", sys.executable, str(FOLDER))
            _uv("pip", "install", "--quiet", "--require-hashes", "--python", str(program), "-r", str(REQUIREMENTS))
            shutil.copyfile(REQUIREMENTS, stamp)
    return program


def _uv(*arguments: str) -> None:
    beside = Path(sys.executable).with_name("uv")
    uv = str(beside) if beside.exists() else shutil.which("uv")
    if uv is None:
        raise EnvironmentUnavailableError("The emulators' environment needs uv, which `make test` brings")
    told = subprocess.run([uv, *arguments], capture_output=True, text=True, check=False, timeout=600)
    if told.returncode:
        last = (told.stderr.strip().splitlines() or ["nothing"])[-1]
        raise EnvironmentUnavailableError(f"The emulators could not be brought: uv {arguments[0]} said: {last}")


@contextmanager
def _alone() -> Iterator[None]:
    """One test run at a time; the lock is on a folder that is there anyway."""
    with (HERE / "requirements.in").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
