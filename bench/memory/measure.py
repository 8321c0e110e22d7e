"""Sixteen readers at once, and one more assistant that makes small calls."""

import http.client
import itertools
import json
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.connecting import Connection
from bench.contenders import bridge
from bench.load import connected
from bench.process import OTHERS, Process, free_port, running
from tests.render.hostile import kinds

READERS = 16
_OF_ONE_CALL = 10
SMALL = ("list_mailboxes", "tools/list")


@dataclass(frozen=True, slots=True)
class Waited:
    """Milliseconds, of `calls` small calls."""

    calls: int
    p50: float
    p99: float
    maximum: float


@dataclass(frozen=True, slots=True)
class Done:
    """The first ids of calls that gave messages, and what was said instead."""

    reads: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Outcome:
    """Resident memory in MiB: before the first call, the most while mail is read, and ten seconds after it."""

    before: int
    maximum: int
    after: int
    done: Done
    seconds: float
    alone: dict[str, Waited]
    beside: dict[str, Waited]


def measured(seconds: int) -> Outcome:
    with (
        tempfile.TemporaryDirectory() as folder,
        _provider() as port,
        bridge(port, Path(folder)) as server,
    ):
        connections = connected(server, READERS + 1, allows_all=True)
        *readers, small = connections
        _call(server, small, "list_mailboxes", {})
        before = server.memory()
        alone = _small_calls(server, small, threading.Event(), seconds=max(2, seconds // 4))
        stop = threading.Event()
        done = Done()
        began = time.perf_counter()
        threads = [
            threading.Thread(target=_read, args=(server, one, place, stop, done)) for place, one in enumerate(readers)
        ]
        for thread in threads:
            thread.start()
        beside = _small_calls(server, small, stop, seconds=seconds)
        stop.set()
        for thread in threads:
            thread.join()
        took = time.perf_counter() - began
        maximum = server.peak()
        time.sleep(10)
        return Outcome(before, maximum, server.memory(), done, took, alone, beside)


def _read(server: Process, connection: Connection, place: int, stop: threading.Event, done: Done) -> None:
    for ids in _plan(place):
        if stop.is_set():
            return
        text = _call(server, connection, "read_emails", {"emailIds": ids})
        if "emailId" in text:
            done.reads.append(ids[0])
        else:
            done.refused.append(text[:300])


def _plan(place: int) -> Iterator[list[str]]:
    """In turn: one message of 5 MB, ten of them, one whose body the provider does not cut, and ten hostile ones."""
    hostile = itertools.cycle(f"k{number}" for number in range(len(kinds())))
    turns = (
        lambda turn: [f"large-{turn}"],
        lambda turn: [f"large-{turn}-{number}" for number in range(_OF_ONE_CALL)],
        lambda turn: [f"swollen-{turn}"],
        lambda _: list(itertools.islice(hostile, _OF_ONE_CALL)),
    )
    for turn in itertools.count(place):
        yield turns[turn % len(turns)](turn)


def _small_calls(server: Process, connection: Connection, stop: threading.Event, *, seconds: int) -> dict[str, Waited]:
    waited: dict[str, list[float]] = {name: [] for name in SMALL}
    until = time.monotonic() + seconds
    while time.monotonic() < until and not stop.is_set():
        for name in SMALL:
            began = time.perf_counter()
            _call(server, connection, name, {})
            waited[name].append((time.perf_counter() - began) * 1000)
        time.sleep(0.01)
    return {name: _waited(times) for name, times in waited.items()}


def _waited(times: list[float]) -> Waited:
    ordered = sorted(times)
    return Waited(len(times), statistics.median(ordered), ordered[int(len(ordered) * 0.99)], ordered[-1])


def _call(server: Process, connection: Connection, name: str, arguments: dict[str, Any]) -> str:
    asked = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": name, "arguments": arguments}}
    if name == "tools/list":
        asked |= {"method": "tools/list", "params": {}}
    line = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    try:
        line.request(
            "POST",
            "/mcp",
            json.dumps(asked),
            {
                "authorization": f"Bearer {connection.access_token}",
                "content-type": "application/json",
                "accept": "application/json, text/event-stream",
            },
        )
        answer = line.getresponse()
        document = answer.read().decode()
    finally:
        line.close()
    if answer.status != 200 or '"error"' in document[:200]:
        raise RuntimeError(f"{name}: {answer.status} {document[:300]}")
    return document


@contextmanager
def _provider() -> Iterator[int]:
    port = free_port()
    with running([sys.executable, "-m", "bench.memory.provider", str(port)], port, cores=OTHERS):
        yield port
