"""An emulator of AWS in a process of its own, on a free port of the loopback interface."""

import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.config import Config

from mailconnect.keys.kms import kms_config
from mailconnect.store.dynamodb.client_config import dynamodb_config
from tests.aws.client import client
from tests.aws.environment import python

_HERE = Path(__file__).parent
_PATIENT = Config(connect_timeout=30, read_timeout=30)
"""On a busy machine an emulator may take long, and no test is to find out by a timeout."""


@dataclass(frozen=True, slots=True)
class Emulator:
    name: str
    url: str

    def dynamodb(self, **changes: Any) -> Any:
        """A client set as in production, but for its patience; to be closed."""
        return self._client("dynamodb", dynamodb_config().merge(_PATIENT).merge(Config(**changes)))

    def kms(self, **changes: Any) -> Any:
        return self._client("kms", kms_config().merge(_PATIENT).merge(Config(**changes)))

    def _client(self, service: str, config: Config) -> Any:
        return client(service, config, self.url)


@contextmanager
def running(name: str, folder: Path) -> Iterator[Emulator]:
    """`name` is that of a program serving_NAME.py. The emulator's own words go to a file in `folder`."""
    with socket.create_server(("127.0.0.1", 0)) as listening:  # A client that calls too early waits in its queue.
        port = listening.getsockname()[1]
        arguments = [python(), _HERE / f"serving_{name}.py", str(listening.fileno()), str(port)]
        with (folder / f"{name}.log").open("w") as log:
            process = subprocess.Popen(
                arguments,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                cwd=folder,
                pass_fds=[listening.fileno()],
            )
    try:
        yield Emulator(name, f"http://127.0.0.1:{port}")
    finally:
        assert process.stdin is not None
        process.stdin.close()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
