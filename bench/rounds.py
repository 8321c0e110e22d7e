"""The comparison: every contender under every load, in turn (A B C ... C B A ...); medians, and ratios by the round."""

import statistics
import tempfile
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bench.contenders import FLOOR, FLOOR_HTTPX, FLOOR_SOCKET, Contender, bridge, contenders, stub
from bench.load import CALL, LIST, Measured, connected, connects, keep_tokens, post, refreshes
from bench.process import CORES, Process

UNAUTHORIZED, TOOLS_LIST, TOOLS_CALL, REFRESH, CONNECT = "401", "tools/list", "tools/call", "refresh", "connect"
LOADS = (UNAUTHORIZED, TOOLS_LIST, TOOLS_CALL, REFRESH, CONNECT)
CONNECTIONS = 16


@dataclass(frozen=True, slots=True)
class Figures:
    """Of one contender under one load: `cpu_us` and `rate` at 16 connections, `p50` (milliseconds) at one."""

    cpu_us: float
    rate: float
    p50: float


Comparison = dict[str, dict[str, list[Figures]]]
"""By contender, then by load: of each round, in order."""


def compare(rounds: int, seconds: int, say: Callable[[str], None]) -> tuple[Comparison, dict[str, int]]:
    """The figures, and each contender's resident memory in MiB at the end of its last round."""
    found: dict[str, dict[str, list[Figures]]] = defaultdict(lambda: defaultdict(list))
    memory: dict[str, int] = {}
    for number in range(rounds):
        with tempfile.TemporaryDirectory() as folder, stub() as stub_port:
            for contender in contenders()[:: -1 if number % 2 else 1]:
                say(f"round {number + 1} of {rounds}: {contender.name}")
                with contender.start(stub_port, Path(folder)) as server:
                    for name, load, figures in _round(contender, server, Path(folder), seconds):
                        found[name][load].append(figures)
                    memory[contender.name] = server.memory()
    return {name: dict(loads) for name, loads in found.items()}, memory


def median(runs: list[Figures]) -> Figures:
    return Figures(*(statistics.median(getattr(run, name) for run in runs) for name in ("cpu_us", "rate", "p50")))


def ratio(comparison: Comparison, load: str, one: str, other: str) -> float:
    """Of CPU for each request."""
    ones, others = ([run.cpu_us for run in comparison[name][load]] for name in (one, other))
    return median_ratio(ones, others)


def median_ratio(ones: list[float], others: list[float]) -> float:
    """The median of the rounds' ratios: two turns of one round had the same machine."""
    return statistics.median(one / other for one, other in zip(ones, others, strict=True))


def _round(contender: Contender, server: Process, folder: Path, seconds: int) -> list[tuple[str, str, Figures]]:
    if contender.floor:
        return [
            (FLOOR, UNAUTHORIZED, _posted(server, "/401", LIST, None, seconds, refused=True)),
            (FLOOR, TOOLS_LIST, _posted(server, "/list", LIST, None, seconds)),
            (FLOOR, TOOLS_CALL, _posted(server, "/mcp", CALL, None, seconds)),
            (FLOOR_HTTPX, TOOLS_CALL, _posted(server, "/httpx", CALL, None, seconds)),
            (FLOOR_SOCKET, TOOLS_CALL, _posted(server, "/socket", CALL, None, seconds)),
        ]
    connections = connected(server, CONNECTIONS)
    tokens = keep_tokens(connections, folder)
    measured = [
        (UNAUTHORIZED, _posted(server, "/mcp", LIST, None, seconds, refused=True)),
        (TOOLS_LIST, _posted(server, "/mcp", LIST, tokens, seconds)),
        (TOOLS_CALL, _posted(server, "/mcp", CALL, tokens, seconds)),
    ]
    once = refreshes(server, connections[:1], seconds=max(1, seconds // 2))
    many = refreshes(server, connections[1:], seconds=seconds)
    measured.append((REFRESH, Figures(many.cpu_us, many.per_second, once.p50)))
    whole = connects(server, seconds=seconds)
    measured.append((CONNECT, Figures(whole.cpu_us, whole.per_second, whole.p50)))
    return [(contender.name, load, figures) for load, figures in measured]


def by_workers(seconds: int) -> dict[int, Measured]:
    """tools/list at 16 connections by one worker and by two, which share the cores with the load."""
    found = {}
    for workers in (1, 2):
        with (
            tempfile.TemporaryDirectory() as folder,
            stub() as stub_port,
            bridge(stub_port, Path(folder), workers=workers, cores=set(CORES)) as server,
        ):
            tokens = keep_tokens(connected(server, CONNECTIONS), Path(folder))
            load = partial(post, server, "/mcp", LIST, tokens, connections=CONNECTIONS, refused=False)
            load(seconds=1)
            found[workers] = load(seconds=seconds)
    return found


def _posted(
    server: Process, path: str, body: object, tokens: Path | None, seconds: int, *, refused: bool = False
) -> Figures:
    def load(connections: int, length: int) -> Measured:
        return post(server, path, body, tokens, connections=connections, seconds=length, refused=refused)

    load(CONNECTIONS, 1)  # objects that are made at the first use are no cost of a request
    many, one = load(CONNECTIONS, seconds), load(1, max(1, seconds // 2))
    return Figures(many.cpu_us, many.per_second, one.p50)
