"""A server that is spoken to over its standard input, as most are: JSON-RPC, a message a line (MCP 2025-06-18)."""

import json
import os
import selectors
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.tasks.connection import Result, ServerDied, result_of
from bench.tasks.cpu import of_tree

_LONGEST = 30  # seconds
_NOWHERE = "http://127.0.0.1:9"  # the discard port: a request to the web gets nothing


class Stdio:
    def __init__(self, process: "subprocess.Popen[bytes]", complaints: Path) -> None:
        self._process = process
        self._complaints = complaints
        self._number = 0
        self._buffer = b""
        self._selector = selectors.DefaultSelector()
        assert process.stdout
        os.set_blocking(process.stdout.fileno(), False)
        self._selector.register(process.stdout, selectors.EVENT_READ)

    def begin(self) -> None:
        client = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "bench", "version": "1"}}
        self._asked("initialize", client)
        self._send({"method": "notifications/initialized"})

    def tools(self) -> Sequence[Mapping[str, Any]]:
        found: list[Mapping[str, Any]] = []
        cursor: dict[str, Any] = {}
        while True:
            told = self._asked("tools/list", cursor)
            found += told["tools"]
            if not told.get("nextCursor"):
                return found
            cursor = {"cursor": told["nextCursor"]}

    def call(self, tool: str, arguments: Mapping[str, Any]) -> Result:
        told = self._asked("tools/call", {"name": tool, "arguments": dict(arguments)})
        return Result(json.dumps(told["error"]), is_error=True) if "error" in told else result_of(told)

    def cpu(self) -> float:
        return of_tree(self._process.pid)

    def _asked(self, method: str, params: Mapping[str, Any]) -> dict[str, Any]:
        self._number += 1
        self._send({"id": self._number, "method": method, "params": params})
        until = time.monotonic() + _LONGEST
        while True:
            told = self._next(until)
            if told.get("id") == self._number and "method" not in told:
                return dict(told.get("result") or {"error": told.get("error")})
            if "method" in told and "id" in told:
                refused = {"code": -32601, "message": "not supported"}
                self._send({"id": told["id"], "error": refused})

    def _send(self, message: Mapping[str, Any]) -> None:
        assert self._process.stdin
        self._process.stdin.write(json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n")
        self._process.stdin.flush()

    def _next(self, until: float) -> dict[str, Any]:
        while True:
            while b"\n" in self._buffer:
                line, _, self._buffer = self._buffer.partition(b"\n")
                try:
                    told = json.loads(line)
                except ValueError:
                    continue  # a line of its log
                if isinstance(told, dict):
                    return told
            if not self._selector.select(max(until - time.monotonic(), 0)):
                raise ServerDied(f"no answer in {_LONGEST} s: {self._last_words()}")
            assert self._process.stdout
            more = self._process.stdout.read()
            if not more:
                raise ServerDied(self._last_words())
            self._buffer += more

    def _last_words(self) -> str:
        return " ".join(self._complaints.read_text("utf-8", "replace").split())[-400:]


@contextmanager
def started(command: Sequence[str | Path], environment: Mapping[str, str], home: Path) -> Iterator[Stdio]:
    """With a home of its own, no variable of ours, and nowhere to go but this machine."""
    home.mkdir(parents=True, exist_ok=True)
    own = {
        "PATH": os.pathsep.join([str(Path(command[0]).parent), "/usr/bin", "/bin"]),
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "NO_PROXY": "127.0.0.1,localhost",
        "no_proxy": "127.0.0.1,localhost",
        **dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy"), _NOWHERE),
    }
    complaints = home / "stderr"
    tied = ["setpriv", "--pdeathsig", "TERM"] if shutil.which("setpriv") else []
    with complaints.open("wb") as stderr:
        process = subprocess.Popen(
            [*tied, *map(str, command)],
            cwd=home,
            env=own | dict(environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
        )
    try:
        server = Stdio(process, complaints)
        server.begin()
        yield server
    finally:
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
