"""Debian's Chromium: the machine's own, or brought by apt-get where we may."""

import os
import shutil
from pathlib import Path

from tests.peers.cache import PeerUnavailableError, alone, run

FLAGS = (
    "--no-sandbox",  # as root, as on most CI
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
"""Beside what Playwright gives it: it asks nobody for anything on its own."""


def reaching(name: str, port: int) -> tuple[str, ...]:
    """FLAGS, and that this name is on this machine, whatever its certificate."""
    return (*FLAGS, f"--host-resolver-rules=MAP {name}:443 127.0.0.1:{port}", "--ignore-certificate-errors")


def chromium() -> str:
    """The program. Raises PeerUnavailableError."""
    if not _found():
        installed("chromium", "/usr/bin/chromium")
    if program := _found():
        return program
    raise PeerUnavailableError("Debian's package chromium brought no program of that name.")


def installed(package: str, brings: str) -> None:
    """By apt-get, unless what it brings is there. Raises PeerUnavailableError."""
    with alone("apt"):
        if Path(brings).exists():
            return
        if not shutil.which("apt-get") or os.geteuid() != 0:
            raise PeerUnavailableError(f"{package} is not there; on Debian: apt-get install {package}")
        run(["apt-get", "-qq", "update"])
        command = ["apt-get", "-qq", "install", "--yes", "--no-install-recommends", package]
        run(command, DEBIAN_FRONTEND="noninteractive")


def _found() -> str | None:
    return shutil.which("chromium") or shutil.which("chromium-browser")
