"""Each server's surroundings: a Cyrus of its own with the same mail, proxies that count, and a sink for sent mail."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from bench.tasks import counted, sink
from bench.tasks.counted import Counter
from bench.tasks.mailbox import Posted, mail
from bench.tasks.sink import Sink
from bench.tasks.state import State, state_of
from tests.peers.cyrus.cyrus import Cyrus
from tests.peers.cyrus.person import SETTINGS, load

USER, NAME, ADDRESS = "alice", "Alice Sandbox", "alice@sandbox.test"


@dataclass(frozen=True, slots=True)
class Ground:
    """`home`: a folder for the server's own files. Ports are those that count, but for the sink's."""

    cyrus: Cyrus
    sink: Sink
    jmap: Counter
    imap: Counter
    box: tuple[Posted, ...]
    home: Path

    @property
    def session_url(self) -> str:
        return f"http://127.0.0.1:{self.jmap.port}/jmap/"

    @property
    def token(self) -> str:
        return self.cyrus.mint(USER)

    @property
    def requests(self) -> int:
        return self.jmap.requests + self.imap.requests

    @property
    def waited(self) -> float:
        return self.jmap.waited

    def forget(self) -> None:
        """Counts from here on."""
        self.jmap.reset()
        self.imap.reset()
        self.sink.taken.clear()

    def state(self) -> State:
        return state_of(self.cyrus, USER)


@contextmanager
def prepared(home: Path, now: int | None = None) -> Iterator[Ground]:
    """Raises CyrusUnavailableError."""
    box = mail(int(time.time()) if now is None else now)
    with sink.started() as taking:
        settings = {
            **SETTINGS,
            "smtp_backend": "host",
            "smtp_host": f"127.0.0.1:{taking.port}/noauth",
            "sasl_mech_list": "EXTERNAL",  # so that clients sign in by LOGIN, which takes any password
        }
        with Cyrus.started(settings=settings, provisioned=False) as cyrus:
            load(cyrus, USER, USER, cast("Any", box))
            with counted.jmap(cyrus.http_port, NAME, ADDRESS) as jmap, counted.imap(cyrus.imap_port) as imap:
                yield Ground(cyrus, taking, jmap, imap, box, home)
