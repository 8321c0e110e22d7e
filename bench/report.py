"""The figures as a Markdown document, and as a picture."""

import json
import platform
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

from bench import environment
from bench.contenders import BRIDGE, FASTMCP_FILE, FASTMCP_MEMORY, FLOOR, WORKERD
from bench.growth import Grown, worst
from bench.load import Measured
from bench.process import CORES
from bench.rounds import (
    CONNECT,
    CONNECTIONS,
    LOADS,
    REFRESH,
    TOOLS_CALL,
    TOOLS_LIST,
    UNAUTHORIZED,
    Comparison,
    Figures,
    median,
    ratio,
)

RESULTS = environment.HERE / "results"

# Load, the server to compare with, and the target: the highest ratio of CPU for each request.
TARGETS = (
    (TOOLS_CALL, FLOOR, 1.5),
    (TOOLS_CALL, FASTMCP_MEMORY, 1 / 6),
    (TOOLS_CALL, WORKERD, 0.8),
    (TOOLS_LIST, FASTMCP_MEMORY, 1 / 6),
    (TOOLS_LIST, WORKERD, 1.0),
    (UNAUTHORIZED, FLOOR, 1.3),
    (REFRESH, FASTMCP_FILE, 1 / 30),
    (REFRESH, FASTMCP_MEMORY, 1 / 30),
    (REFRESH, WORKERD, 1.0),
    (CONNECT, FASTMCP_MEMORY, None),
)


def write(
    comparison: Comparison, memory: Mapping[str, int], workers: Mapping[int, Measured], grown: list[Grown], date: str
) -> str:
    """The document, also put into bench/results beside the raw figures and the picture."""
    document = _document(comparison, memory, workers, grown, date)
    raw = {
        "date": date,
        "versions": _versions(),
        "comparison": {
            name: {load: asdict(median(runs)) for load, runs in loads.items()} for name, loads in comparison.items()
        },
        "memory_mib": dict(memory),
        "workers": {count: asdict(one) for count, one in workers.items()},
        "growth": [asdict(one) for one in grown],
    }
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "latest.json").write_text(json.dumps(raw, indent=1) + "\n")
    (RESULTS / "latest.md").write_text(document)
    subprocess.run([environment.python(), environment.HERE / "plot.py", RESULTS], check=True, timeout=120)
    return document


def _document(
    comparison: Comparison, memory: Mapping[str, int], workers: Mapping[int, Measured], grown: list[Grown], date: str
) -> str:
    parts = [
        f"# Measured on {date}",
        _machine(),
        "## CPU of the server for each request, microseconds",
        _table(comparison, "cpu_us", "{:,.0f}"),
        "![CPU for each request](latest.svg)",
        "## Ratios, mailconnect to the other",
        _ratios(comparison),
        f"## Requests a second on one core, {CONNECTIONS} connections",
        _table(comparison, "rate", "{:,.0f}"),
        "## p50 at one connection, milliseconds",
        _table(comparison, "p50", "{:.2f}"),
        "## Resident memory, MiB",
        _rows(("Server", "MiB"), [(name, f"{size}") for name, size in memory.items()]),
    ]
    parts += [
        f"## tools/list by several workers, {CONNECTIONS} connections, the cores shared with the load",
        _rows(
            ("Workers", "Requests a second", "CPU µs"),
            [(f"{count}", f"{one.per_second:,.0f}", f"{one.cpu_us:,.0f}") for count, one in workers.items()],
        ),
    ]
    if grown:
        parts += ["## As the store grows", _growth(grown)]
    return "\n\n".join(parts) + "\n"


def _machine() -> str:
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if "model name" in line
        ),
        platform.machine(),
    )
    versions = ", ".join(f"{name} {number}" for name, number in _versions().items())
    return f"{model}, {len(CORES)} cores: the server on one, the load and the provider on the rest. {versions}."


def _versions() -> dict[str, str]:
    lock = json.loads((environment.WORKERS / "package-lock.json").read_text())["packages"]
    fastmcp = next(
        line.split()[0].removeprefix("fastmcp==")
        for line in (environment.HERE / "requirements.txt").read_text().splitlines()
        if line.startswith("fastmcp==")
    )
    ours = {name: version(name) for name in ("starlette", "uvicorn", "httpx", "aiohttp", "cryptography")}
    return {
        "Python": platform.python_version(),
        "mailconnect": version("mailconnect"),
        **ours,
        "FastMCP": fastmcp,
        "workers-oauth-provider": lock["node_modules/@cloudflare/workers-oauth-provider"]["version"],
        "workerd": lock["node_modules/workerd"]["version"],
    }


def _table(comparison: Comparison, name: str, form: str) -> str:
    def cell(loads: Mapping[str, list[Figures]], load: str) -> str:
        return form.format(getattr(median(loads[load]), name)) if load in loads else ""

    return _rows(
        ("Server", *LOADS), [(who, *(cell(loads, load) for load in LOADS)) for who, loads in comparison.items()]
    )


def _ratios(comparison: Comparison) -> str:
    rows = []
    for load, other, maximum in TARGETS:
        measured = ratio(comparison, load, BRIDGE, other)
        wanted = "" if maximum is None else f"{maximum:.3g}"
        met = "" if maximum is None else "yes" if measured <= maximum else "no"
        rows.append((load, other, f"{measured:.3f}", wanted, met))
    return _rows(("Load", "Other", "Ratio", "At most", "Met"), rows)


def _growth(grown: list[Grown]) -> str:
    header = ("Grants", "Bytes each", "Call µs", "p50", "Refresh µs", "p50", "Connect µs", "p50", "Sweep µs a grant")
    rows: list[Sequence[str]] = [
        (
            f"{one.grants:,}",
            f"{one.bytes_each:,.0f}",
            f"{one.median('call_us'):,.0f}",
            f"{one.median('call_p50'):.2f}",
            f"{one.median('refresh_us'):,.0f}",
            f"{one.median('refresh_p50'):.2f}",
            f"{one.median('connect_us'):,.0f}",
            f"{one.median('connect_p50'):.1f}",
            f"{one.median('sweep_us'):,.0f}",
        )
        for one in grown
    ]
    names = ("call_us", "call_p50", "refresh_us", "refresh_p50", "connect_us", "connect_p50", "sweep_us")
    rows.append(("Highest ratio", "", *(f"{worst(grown, name):.2f}" for name in names)))
    return _rows(header, rows)


def _rows(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [header, ["---" for _ in header], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
