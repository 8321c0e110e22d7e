"""The tables and the plot: printed, and kept in bench/results/tasks.md and tasks.svg."""

import math
import os
import platform
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from html import escape
from pathlib import Path

from bench.tasks import facts
from bench.tasks.measure import CHARACTERS_OF_A_TOKEN, Measured, Row
from bench.tasks.targets import Target
from bench.tasks.tasks import TASKS, Task

_RESULTS = Path(__file__).parents[1] / "results"
_WIDTH = 40


def text(rows: Sequence[Row], targets: Sequence[Target]) -> str:
    lines = [
        (
            f"Made on {datetime.now(UTC):%Y-%m-%d} by `make bench-tasks`: Python {platform.python_version()}, "
            f"{os.cpu_count()} processors, Cyrus IMAP on loopback."
        ),
        "",
        *_servers(rows),
        "",
        *summary(rows),
        "",
    ]
    for task in TASKS:
        lines += [*_table(task, rows), ""]
    lines += _targets(targets)
    lines += ["", "Tokens that reach the model, all tasks that read (estimated)", "", "```", *_plot(rows), "```"]
    return "\n".join(lines) + "\n"


def write(rows: Sequence[Row], said: str) -> None:
    _RESULTS.mkdir(exist_ok=True)
    (_RESULTS / "tasks.md").write_text(said, "utf-8")
    (_RESULTS / "tasks.svg").write_text(svg(rows), "utf-8")


def _servers(rows: Sequence[Row]) -> Iterator[str]:
    yield "| Server | Version | Mailbox by | Tools | tools/list, characters | tokens, estimated |"
    yield "|---|---|---|---|---|---|"
    for row in rows:
        peer = f"| {row.peer.name} | {row.peer.version} | {row.peer.protocol} |"
        if row.failure:
            yield f"{peer} did not start: {row.failure[:60]} |||"
            continue
        tokens = row.tools // CHARACTERS_OF_A_TOKEN
        yield f"{peer} {row.number} | {row.tools:,} | {tokens:,} |"


def summary(rows: Sequence[Row]) -> Iterator[str]:
    """Calls and tokens of each task at each server, and what is lost or amiss there."""
    shown = [row for row in rows if row.tasks]
    yield f"| Calls · tokens | {' | '.join(row.peer.name for row in shown)} |"
    yield "|---" * (len(shown) + 1) + "|"
    yield f"| tools/list | {' | '.join(f'{row.tools // CHARACTERS_OF_A_TOKEN:,}' for row in shown)} |"
    for task in TASKS:
        yield f"| {task.title} | {' | '.join(_brief(row.tasks.get(task.key)) for row in shown)} |"
    whole = (f"{sum(one.whole for one in row.tasks.values())} of {len(TASKS)}" for row in shown)
    yield f"| Tasks done whole | {' | '.join(whole)} |"


def _brief(one: Measured | None) -> str:
    if one is None:
        return "no tool"
    said = [f"{one.calls} · {one.tokens:,}"]
    if one.lost:
        said.append(f"{facts.characters(one.lost)} characters lost")
    if one.amiss:
        said.append("amiss")
    if one.doubles:
        said.append("sent twice")
    return ", ".join(said)


def _table(task: Task, rows: Sequence[Row]) -> Iterator[str]:
    yield f"**{task.title}**"
    yield ""
    wrong = "Content lost, characters" if task.reads else "Sent twice by a repeated call"
    yield (
        f"| Server | Calls | Characters | Tokens | {wrong} | What was amiss | Provider requests | Wall, ms | CPU, ms |"
    )
    yield "|---|---|---|---|---|---|---|---|---|"
    for row in rows:
        one = row.tasks.get(task.key)
        if one is None:
            yield f"| {row.peer.name} | no tool does it | | | | | | | |"
            continue
        lost = f"{facts.characters(one.lost)}" if task.reads else _doubles(one)
        amiss = "; ".join([*_which(one), *one.amiss]).replace("|", "/").replace("\n", " ") or "nothing"
        wall = f"{one.wall * 1e3:.0f}" if one.calls else "-"
        yield (
            f"| {row.peer.name} | {one.calls} | {one.characters:,} | {one.tokens:,} | {lost} | {amiss} "
            f"| {one.requests} | {wall} | {one.cpu * 1e3:.0f} |"
        )


def _doubles(one: Measured) -> str:
    return "-" if one.doubles is None else "yes" if one.doubles else "no"


def _which(one: Measured) -> list[str]:
    if not one.lost:
        return []
    named = ", ".join(fact.what for fact in one.lost[:2])
    return [f"not there: {named}" + (f" and {len(one.lost) - 2} more" if len(one.lost) > 2 else "")]


def _targets(targets: Sequence[Target]) -> Iterator[str]:
    if targets:
        yield "| Target | Met | Figures |"
        yield "|---|---|---|"
    for one in targets:
        yield f"| {one.what} | {'yes' if one.met else '**no**'} | {one.figure} |"


def _reading(row: Row) -> list[Measured]:
    return [row.tasks[task.key] for task in TASKS if task.reads and task.key in row.tasks]


def _plot(rows: Sequence[Row]) -> Iterator[str]:
    """A bar a server, and how many of its tasks lost something."""
    sums = {row.peer.name: sum(one.tokens for one in _reading(row)) for row in rows if row.tasks}
    maximum = max(sums.values(), default=1)
    for row in rows:
        if row.tasks:
            whole = sum(one.whole for one in _reading(row))
            bar = "█" * max(round(sums[row.peer.name] / maximum * _WIDTH), 1)
            name = row.peer.name.ljust(24)
            yield f"{name}{bar} {sums[row.peer.name]:,}; {whole} of {len(_reading(row))} tasks whole"


def svg(rows: Sequence[Row]) -> str:
    """For each task that reads a group of bars: tokens on a logarithmic scale, pale where content was lost."""
    shown = [row for row in rows if row.tasks]
    tasks = [task for task in TASKS if task.reads]
    colours = ("#1c4a9b", "#d9822b", "#3a8f5c", "#a23b72", "#6b6b6b")
    bar, gap, left, height = 16, 26, 50, 260
    group = bar * len(shown) + gap
    width = left + group * len(tasks) + 20
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height + 90}" font-family="sans-serif" '
            'font-size="11">'
        ),
        f'<rect width="{width}" height="{height + 90}" fill="#ffffff"/>',
        "<title>Tokens that reach the model for each task, on a logarithmic scale</title>",
    ]
    for power in range(1, 6):
        y = _y(10**power, height)
        parts.append(f'<line x1="{left}" y1="{y:.0f}" x2="{width}" y2="{y:.0f}" stroke="#dddddd"/>')
        parts.append(f'<text x="{left - 6}" y="{y + 4:.0f}" text-anchor="end">{10**power:,}</text>')
    for number, task in enumerate(tasks):
        start = left + gap / 2 + number * group
        parts.append(f'<text x="{start:.0f}" y="{height + 16}">{escape(task.key)}</text>')
        for place, row in enumerate(shown):
            one = row.tasks.get(task.key)
            if one is None or not one.tokens:
                continue
            y = _y(one.tokens, height)
            pale = "" if one.whole else ' fill-opacity="0.3"'
            parts.append(
                f'<rect x="{start + place * bar:.0f}" y="{y:.0f}" width="{bar - 2}" height="{height - y:.0f}" '
                f'fill="{colours[place % len(colours)]}"{pale}>'
                f"<title>{escape(row.peer.name)}: {one.tokens:,}</title></rect>"
            )
    for place, row in enumerate(shown):
        x, y = left + (place % 3) * 190, height + 40 + place // 3 * 20
        parts.append(f'<rect x="{x}" y="{y - 10}" width="12" height="12" fill="{colours[place % len(colours)]}"/>')
        parts.append(f'<text x="{x + 18}" y="{y}">{escape(row.peer.name)}</text>')
    parts.append(f'<text x="{left}" y="{height + 82}" fill="#555555">Tokens, estimated. Pale: content was lost.</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"


def _y(tokens: float, height: int) -> float:
    return height - math.log10(max(tokens, 1)) / 5 * (height - 20)
