"""The bridge as a process of its own, started and stopped as an operator does, on ports of its own."""

import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from tests.peers.relay import Relay

PROJECT = Path(__file__).parents[2]
_LONGEST_START = 60  # seconds; it takes two
_LONGEST_STOP = 20


@dataclass(frozen=True, slots=True)
class RunningBridge:
    """`relay` stands before it, where there is one. `document` is where a client that can shall say it is described.
    `first_drafts`: how many its first run has left in alice's mailbox (mailconnect.local.first_writing). `sandbox` is
    the mail provider's address.
    """

    issuer: str
    relay: Relay | None = None
    document: str | None = None
    first_drafts: int = 1
    sandbox: str = ""

    @property
    def mcp_url(self) -> str:
        return f"{self.issuer}/mcp"

    @classmethod
    @contextmanager
    def started(
        cls,
        folder: Path,
        environment: Mapping[str, str] | None = None,
        relay: Relay | None = None,
        complaint: str | None = None,
        document: str | None = None,
    ) -> Iterator[Self]:
        """From its `ready` line to SIGTERM, after which it must have ended cleanly and complained of nothing, unless of
        `complaint`.
        """
        port, sandbox_port = _free_ports(2)
        issuer = f"http://127.0.0.1:{port}"
        if relay:
            relay.target, issuer = port, relay.address
        own = {
            "MAILCONNECT_ISSUER": issuer,
            "MAILCONNECT_PORT": str(port),
            "MAILCONNECT_SANDBOX_PORT": str(sandbox_port),
            "MAILCONNECT_DATA_DIR": str(folder / "data"),
            "MAILCONNECT_LIMITS": "off",  # clients that are driven by a program call more than a person does
        }
        complaints = folder / "stderr"
        with (
            complaints.open("wb") as stderr,
            subprocess.Popen(
                [*_tied(), sys.executable, "-m", "tests.peers.documented_bridge" if document else "mailconnect.local"],
                cwd=PROJECT,
                env={"PATH": "/usr/bin:/bin"} | own | dict(environment or {}),
                stdout=subprocess.PIPE,
                stderr=stderr,
                text=True,
            ) as process,
        ):
            try:
                mcp_url = _ready(process)
                assert mcp_url == f"{issuer}/mcp", complaints.read_text()
                yield cls(issuer, relay, document, sandbox=f"http://127.0.0.1:{sandbox_port}")
                process.send_signal(signal.SIGTERM)
                assert process.wait(_LONGEST_STOP) == 0, complaints.read_text()
            finally:
                process.kill()
        assert {*complaints.read_text().splitlines()} <= {complaint}


def _ready(process: subprocess.Popen[str]) -> str:
    """What the `ready` line names; empty where the process ended, or was too long about it, without one."""
    assert process.stdout
    limit = threading.Timer(_LONGEST_START, process.kill)
    limit.start()
    try:
        return next((line.split()[1] for line in process.stdout if line.startswith("ready ")), "")
    finally:
        limit.cancel()
        limit.join()


def _tied() -> list[str]:
    """It ends with us, even where we are killed (prctl(2))."""
    return ["setpriv", "--pdeathsig", "TERM"] if shutil.which("setpriv") else []


def _free_ports(count: int) -> list[int]:
    with ExitStack() as held:  # all at once, so that they differ
        listeners = [held.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [int(listener.getsockname()[1]) for listener in listeners]
