"""Debian's Chromium: the machine's own, or brought by apt-get where we may."""

import os
import shutil

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


def chromium() -> str:
    """The program. Raises PeerUnavailableError."""
    with alone("chromium"):
        if not _found():
            if not shutil.which("apt-get") or os.geteuid() != 0:
                raise PeerUnavailableError("There is no Chromium; on Debian: apt-get install chromium")
            run(["apt-get", "-qq", "update"])
            run(
                ["apt-get", "-qq", "install", "--yes", "--no-install-recommends", "chromium"],
                DEBIAN_FRONTEND="noninteractive",
            )
    if program := _found():
        return program
    raise PeerUnavailableError("Debian's package chromium brought no program of that name.")


def _found() -> str | None:
    return shutil.which("chromium") or shutil.which("chromium-browser")
