"""`make bench-memory`: prints the figures, and keeps them in bench/results. Fails if a bound is broken."""

import argparse
import datetime as dt
import os
import platform
import sys

from bench import environment
from bench.memory.measure import READERS, Outcome, measured

RESULT = environment.HERE / "results" / "memory.md"
MAX_MEMORY = 400
"""MiB."""
LONGEST = 50.0
"""Milliseconds of p99."""


def report(outcome: Outcome, day: str) -> str:
    lines = [
        "# Reading large and hostile mail for many at once",
        "",
        f"Measured {day} with Python {platform.python_version()} on {platform.machine()}, {os.cpu_count()} processors,",
        f"by `make bench-memory`: one process on one core, {READERS} readers without a pause for",
        f"{outcome.seconds:.0f} s. Calls that gave messages: {len(outcome.done.reads)},",
        f"an error: {len(outcome.done.refused)}.",
        "",
        "| Resident memory | MiB | wanted |",
        "|---|---|---|",
        f"| before the first message | {outcome.before} | |",
        f"| the most | {outcome.maximum} | {MAX_MEMORY} |",
        f"| ten seconds after the last | {outcome.after} | |",
        "",
        "| Small call | calls | p50, ms | p99, ms | longest, ms | p50 and p99 while nobody reads | wanted, p99 |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, beside in outcome.beside.items():
        alone = outcome.alone[name]
        lines.append(
            f"| `{name}` | {beside.calls} | {beside.p50:.1f} | {beside.p99:.1f} | {beside.maximum:.1f} |"
            f" {alone.p50:.1f}, {alone.p99:.1f} | {LONGEST:g} |"
        )
    return "\n".join([*lines, "", f"The bounds are {'kept' if kept(outcome) else 'broken'}.", ""])


def kept(outcome: Outcome) -> bool:
    return outcome.maximum <= MAX_MEMORY and all(one.p99 <= LONGEST for one in outcome.beside.values())


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench.memory", description=__doc__)
    parser.add_argument("--seconds", type=int, default=30, help="that small calls are made for")
    outcome = measured(parser.parse_args().seconds)
    text = report(outcome, dt.datetime.now(dt.UTC).date().isoformat())
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(text, "utf-8")
    sys.stdout.write(text)
    return 0 if kept(outcome) else 1


if __name__ == "__main__":
    sys.exit(main())
