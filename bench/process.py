"""A server under measurement, on its own core if there are two; CPU and memory from the kernel's accounting."""

import contextlib
import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path

from bench.environment import PROJECT

_TICKS = os.sysconf("SC_CLK_TCK")
CORES = sorted(os.sched_getaffinity(0))
MEASURED, OTHERS = {CORES[0]}, set(CORES[1:]) or {CORES[0]}
"""The server under measurement has the first core, the load and the provider the others."""


@dataclass(frozen=True, slots=True)
class Process:
    pid: int
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def cpu(self) -> float:
        """Seconds, user and system, of the process and its children."""
        return sum(_ticks(pid) for pid in self._tree()) / _TICKS

    def memory(self) -> int:
        """Resident, in MiB."""
        return sum(_resident(pid) for pid in self._tree()) // 1024

    def peak(self) -> int:
        """The maximum resident memory so far, in MiB, of each process."""
        return sum(_resident(pid, "VmHWM") for pid in self._tree()) // 1024

    def _tree(self) -> list[int]:
        found = [self.pid]
        for pid in found:
            with contextlib.suppress(OSError):
                for task in Path(f"/proc/{pid}/task").iterdir():
                    found += map(int, (task / "children").read_text().split())
        return found


def _ticks(pid: int) -> int:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return int(fields[11]) + int(fields[12])


def _resident(pid: int, which: str = "VmRSS") -> int:
    try:
        found = re.search(rf"{which}:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    except OSError:
        return 0
    return int(found[1]) if found else 0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextlib.contextmanager
def running(
    command: Sequence[str | Path],
    port: int,
    *,
    cores: AbstractSet[int],
    environment: Mapping[str, str] | None = None,
    folder: Path = PROJECT,
) -> Iterator[Process]:
    """Until the context ends; RuntimeError if it does not listen within 30 s."""
    started = subprocess.Popen(
        [*map(str, command)],
        cwd=folder,
        env=os.environ | dict(environment or {}),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    os.sched_setaffinity(started.pid, cores)
    try:
        _await(started, port)
        yield Process(started.pid, port)
    finally:
        started.send_signal(signal.SIGTERM)
        try:
            started.communicate(timeout=15)
        except subprocess.TimeoutExpired:
            started.kill()
            started.communicate()


def _await(started: subprocess.Popen[str], port: int) -> None:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        if started.poll() is not None:
            raise RuntimeError(f"{started.args!r} ended: {started.communicate()[1][-2000:]}")
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise RuntimeError(f"{started.args!r} does not listen")
