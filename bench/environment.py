"""Installs what the peers need into folders that git ignores: Python packages, workerd, and wrk for the load."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
PROJECT = HERE.parent
FOLDER = PROJECT / ".venv-bench"
WORKERS = HERE / "workers"


class Unavailable(RuntimeError):
    """The message is one sentence that says what is missing."""


def python() -> Path:
    """An interpreter with FastMCP, matplotlib and py-spy."""
    requirements, stamp = HERE / "requirements.txt", FOLDER / ".installed.txt"
    program = FOLDER / "bin" / "python"
    if not stamp.exists() or stamp.read_bytes() != requirements.read_bytes():
        uv = str(Path(sys.executable).with_name("uv"))
        _run([uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(FOLDER)])
        _run([uv, "pip", "install", "--quiet", "--require-hashes", "--python", str(program), "-r", str(requirements)])
        shutil.copyfile(requirements, stamp)
    return program


def workerd() -> Path:
    lock, stamp = WORKERS / "package-lock.json", WORKERS / "node_modules" / ".installed-lock.json"
    if not stamp.exists() or stamp.read_bytes() != lock.read_bytes():
        _run(["npm", "ci"], WORKERS)
        shutil.copyfile(lock, stamp)
    found = sorted((WORKERS / "node_modules" / "@cloudflare").glob("workerd-*/bin/workerd"))
    if not found:
        raise Unavailable("npm brought no workerd for this machine.")
    return found[0]


def wrk() -> str:
    found = shutil.which("wrk")
    if found is None and shutil.which("apt-get") and os.geteuid() == 0:
        _run(["apt-get", "update", "-qq"])
        _run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", "wrk"])
        found = shutil.which("wrk")
    if found is None:
        raise Unavailable("wrk, which makes the load, is missing: install it (Debian, Ubuntu and Homebrew have it).")
    return found


def _run(command: list[str], folder: Path | None = None) -> None:
    try:
        told = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=600)
    except FileNotFoundError:
        raise Unavailable(f"{command[0]} is missing.") from None
    if told.returncode:
        last = (told.stderr.strip().splitlines() or ["nothing"])[-1]
        raise Unavailable(f"{' '.join(command)} said: {last}")
