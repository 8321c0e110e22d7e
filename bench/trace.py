"""`make bench-trace`: the files that one tool call passes through, on one machine.

The bridge runs in this process on SQLite, the sandbox in another. The trace counts calls of the program's own
functions, each call once, however often a coroutine is resumed. It leaves out the server's tick, and the assistant.
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
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

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
"""Calls before the one that is traced: the first of a connection asks the provider for its session."""


@dataclass(slots=True)
class Trace:
    """The program's own functions, in the order in which they were called while it was switched on."""

    on: bool = False
    frames: dict[FrameType, None] = field(default_factory=dict)

    def __call__(self, frame: FrameType, event: str, _: Any) -> None:
        if self.on and event == "call" and _counts(frame.f_code):
            self.frames[frame] = None

    def files(self) -> list[str]:
        """One for each call, as a path below lib/mailconnect."""
        return [frame.f_code.co_filename.removeprefix(_SOURCE) for frame in self.frames]


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


async def traced(tool: str, trace: Trace) -> list[str]:
    """The files of a call of `tool`, in the order of the calls."""
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
                trace.on = True
                await assistant.call_tool(tool)
                await asyncio.sleep(0)  # what the server does after its last byte
                trace.on = False
                serving.should_exit = True
                await task
            await store.database.close()
    return trace.files()


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.trace", description=__doc__)
    parser.add_argument("tools", nargs="*", default=["list_mailboxes", "get_session"])
    parser.add_argument("--walk", action="store_true", help="also print every change of file")
    asked = parser.parse_args()
    for tool in asked.tools:
        trace = Trace()
        threading.setprofile(trace)
        sys.setprofile(trace)
        files = asyncio.run(traced(tool, trace))
        sys.setprofile(None)
        threading.setprofile(None)
        walk = [file for file, _ in groupby(files)]
        print(f"{tool}: {len({*files})} files, {len(walk) - 1} changes of file, {len(files)} calls")
        if asked.walk:
            print("".join(f"    {file}\n" for file in walk), end="")


if __name__ == "__main__":
    main()
