"""The sandbox mailbox as a process of its own: the provider that the functions reach over HTTP."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.infra.environment import PROJECT


@contextmanager
def running_sandbox(callbacks: list[str], log: Path) -> Iterator[int]:
    """Its port on the loopback interface. `callbacks` are what is registered with it for mailconnect."""
    variables = {"MAILCONNECT_SANDBOX_PORT": "0", "SANDBOX_REDIRECT_URIS": " ".join(callbacks)}
    with (
        log.open("w") as words,
        subprocess.Popen(
            [sys.executable, "-m", "mailconnect.sandbox"],
            cwd=PROJECT,
            env={"PATH": os.environ["PATH"], **variables},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=words,
            text=True,
        ) as process,
    ):
        try:
            assert process.stdout
            announced = process.stdout.readline().split()
            assert announced, log.read_text()
            yield int(announced[1].rpartition(":")[2])
        finally:
            process.terminate()
