"""`make bench-trace`: the files that one tool call passes through, on one machine.

The bridge runs in this process on SQLite, the sandbox in another. The trace counts calls of the program's own
functions, each call once, however often a coroutine is resumed. It leaves out the server's tick, and the assistant.

Six calls in a row are followed: a process tells the store every sixth call how many there were. The printed call is the
median by changes of file; the longest one, which tells the store, is named beside it.
"""

import argparse
import asyncio
import contextlib
import os
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from types import CodeType, FrameType
from typing import Any, NamedTuple

import httpx

from mailconnect.local.bridge import Store, bridge, bridge_application
from mailconnect.local.server import listen, server
from mailconnect.sandbox.assistant.assistant import Assistant
from mailconnect.sandbox.person import Person
from mailconnect.settings import from_environment

_SOURCE = str(Path(__file__).parents[1] / "lib" / "mailconnect") + os.sep
_SANDBOX = _SOURCE + "sandbox" + os.sep
_TICKS = {"on_tick", "close_stalled", "close_if_stalled"}
_WARM = 3
"""Calls before those that are traced: the first of a connection asks the provider for its session."""

_TRACED = 6


class Step(NamedTuple):
    """One call: its file, as a path below lib/mailconnect, and the function's name."""

    file: str
    function: str


@dataclass(slots=True)
class Trace:
    """The program's own functions, in the order in which they were called while it was switched on."""

    on: bool = False
    frames: dict[FrameType, None] = field(default_factory=dict)

    def __call__(self, frame: FrameType, event: str, _: Any) -> None:
        if self.on and event == "call" and _counts(frame.f_code):
            self.frames[frame] = None

    def taken(self) -> list[Step]:
        """The calls since the last time, in order."""
        codes = [frame.f_code for frame in self.frames]
        self.frames.clear()
        return [Step(code.co_filename.removeprefix(_SOURCE), code.co_name) for code in codes]


def _counts(code: CodeType) -> bool:
    file = code.co_filename
    return file.startswith(_SOURCE) and not file.startswith(_SANDBOX) and code.co_name not in _TICKS


@contextlib.contextmanager
def sandbox(environment: dict[str, str], callback: str) -> Iterator[None]:
    command = [sys.executable, "-m", "mailconnect.sandbox"]
    settings = os.environ | environment | {"SANDBOX_REDIRECT_URIS": callback}
    with subprocess.Popen(command, env=settings, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout
            process.stdout.readline()  # its address, once it listens
            yield
        finally:
            process.terminate()


async def traced(tool: str, trace: Trace) -> list[list[Step]]:
    """The steps of each traced call of `tool`."""
    listener = listen("127.0.0.1", 0)
    port = listener.getsockname()[1]
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        sandbox_port = probe.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory() as folder:
        names = {"DATA_DIR": folder, "PORT": str(port), "SANDBOX_PORT": str(sandbox_port)}
        environment = {f"MAILCONNECT_{name}": value for name, value in names.items()}
        settings = from_environment(environment)
        store = Store.open(settings)
        with sandbox(environment, f"{address}/auth/callback"):
            async with (
                bridge(settings, store) as (adapters, _),
                httpx.AsyncClient(trust_env=False, timeout=20) as http,
            ):
                serving = server(bridge_application(adapters, store))
                task = asyncio.create_task(serving.serve(sockets=[listener]))
                assistant = Assistant(f"{address}/mcp", http)
                await assistant.connect(Person("alice", "secret", http))
                await assistant.initialize()
                for _ in range(_WARM):
                    await assistant.call_tool(tool)
                calls = []
                for _ in range(_TRACED):
                    trace.on = True
                    await assistant.call_tool(tool)
                    await asyncio.sleep(0)  # what the server does after its last byte
                    trace.on = False
                    calls.append(trace.taken())
                serving.should_exit = True
                await task
            await store.database.close()
    return calls


def _changes(steps: list[Step]) -> int:
    return len([*groupby(steps, key=attrgetter("file"))]) - 1


def _told(steps: list[Step]) -> str:
    return f"{len({step.file for step in steps})} files, {_changes(steps)} changes of file"


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.trace", description=__doc__)
    parser.add_argument("tools", nargs="*", default=["list_mailboxes", "get_session"])
    parser.add_argument("--walk", action="store_true", help="also print every change of file")
    asked = parser.parse_args()
    for tool in asked.tools:
        trace = Trace()
        threading.setprofile(trace)
        sys.setprofile(trace)
        calls = sorted(asyncio.run(traced(tool, trace)), key=_changes)
        sys.setprofile(None)
        threading.setprofile(None)
        typical = calls[len(calls) // 2]
        print(f"{tool}: {_told(typical)}, {len(typical)} functions called; the longest call: {_told(calls[-1])}")
        if asked.walk:
            for file, steps in groupby(typical, key=attrgetter("file")):
                print(f"    {file}: {' '.join(dict.fromkeys(step.function for step in steps))}")


if __name__ == "__main__":
    main()
