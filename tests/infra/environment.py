"""AWS's own tools, and Lambda's runtime, in environments of their own: brought once, and again when they change.

Which Python the functions run on is 3.13, as on AWS, where this machine has one; else the one that runs the tests.
"""

import fcntl
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

HERE = Path(__file__).parent
PROJECT = HERE.parents[1]
ON_AWS = "3.13"
_VERSION = "import sys; print('%d.%d' % sys.version_info[:2])"


class EnvironmentUnavailableError(RuntimeError):
    """The message is one sentence that says what is missing."""


@cache
def sam() -> Path:
    """The folder of `sam` and `cfn-lint`. Raises EnvironmentUnavailableError."""
    return brought(".venv-sam", HERE / "requirements.txt", sys.executable)


@cache
def runtime() -> Path:
    """A Python that has nothing but Lambda's runtime client. Raises EnvironmentUnavailableError."""
    return brought(".venv-lambda", HERE / "runtime.txt", interpreter()) / "python"


@cache
def interpreter() -> str:
    """A Python 3.13 of this machine's, or the one that runs this."""
    named = f"python{ON_AWS}"
    for candidate in (shutil.which(named), *_of_pyenv(named), sys.executable):
        if candidate and version(candidate) == ON_AWS:
            return str(candidate)
    return sys.executable


def version(python: str | Path) -> str:
    """`3.13`, or nothing where it does not start (a shim that leads nowhere)."""
    told = subprocess.run([python, "-c", _VERSION], capture_output=True, text=True, check=False, timeout=60)
    return told.stdout.strip()


def _of_pyenv(named: str) -> list[str]:
    return [str(path) for path in sorted(Path.home().glob(f".pyenv/versions/{ON_AWS}.*/bin/{named}"))]


def uv() -> Path:
    beside = Path(sys.executable).with_name("uv")
    found = beside if beside.exists() else shutil.which("uv")
    if found is None:
        raise EnvironmentUnavailableError("The tools' environment needs uv, which `make test` brings")
    return Path(found)


def brought(name: str, requirements: Path, python: str) -> Path:
    """The folder of programs. Raises EnvironmentUnavailableError."""
    folder = PROJECT / name
    stamp, wanted = folder / ".installed.txt", f"{python}\n{requirements.read_text()}"
    with requirements.open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # one test run at a time
        if not stamp.exists() or stamp.read_text() != wanted:
            stamp.unlink(missing_ok=True)
            program = str(folder / "bin" / "python")
            _uv("venv", "--quiet", "--clear", "--python", python, str(folder))
            _uv("pip", "install", "--quiet", "--require-hashes", "--python", program, "-r", str(requirements))
            stamp.write_text(wanted)
    return folder / "bin"


def _uv(*arguments: str) -> None:
    told = subprocess.run([uv(), *arguments], capture_output=True, text=True, check=False, timeout=600)
    if told.returncode:
        last = (told.stderr.strip().splitlines() or ["nothing"])[-1]
        raise EnvironmentUnavailableError(f"The tools could not be brought: uv {arguments[0]} said: {last}")
