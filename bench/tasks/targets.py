"""Our targets at these tasks, and whether they are met."""

import json
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from bench.tasks.connection import Server
from bench.tasks.ground import Ground, prepared
from bench.tasks.mailbox import keyed
from bench.tasks.measure import CHARACTERS_OF_A_TOKEN, Measured, Row
from bench.tasks.servers import mailconnect
from bench.tasks.tasks import TASKS, ZONE
from mailconnect.mcp import tools

_CPU_ROUNDS = 200
"""Calls of a kind: the kernel counts processor time in steps of 10 ms."""


@dataclass(frozen=True, slots=True)
class Target:
    """`met` is None where there was nothing to compare."""

    what: str
    met: bool | None
    figure: str


def targets(rows: Sequence[Row], rounds: int) -> list[Target]:
    ours = next((row for row in rows if row.peer is mailconnect.PEER and row.tasks), None)
    if ours is None:
        return []
    others = [row for row in rows if row is not ours and row.tasks]
    return [*_compared(ours, others), _size_of_tools(), *_alone(rounds)]


def _compared(ours: Row, others: Sequence[Row]) -> Iterator[Target]:
    for task in TASKS:
        mine = ours.tasks.get(task.key)
        rivals = [(row, row.tasks[task.key]) for row in others if task.key in row.tasks and row.tasks[task.key].whole]
        if mine is None or not others:
            continue
        if not rivals:
            whole = "all is there" if mine.whole else "not all is there"
            yield Target(f"{task.title}: fewest calls", mine.whole, f"{mine.calls}; nobody else does it whole; {whole}")
            continue
        row, fewest = min(rivals, key=lambda pair: pair[1].calls)
        figure = f"{mine.calls}, {row.peer.name} {fewest.calls}"
        yield Target(f"{task.title}: fewest calls", mine.whole and mine.calls <= fewest.calls, figure)
        if task.reads:
            yield _half(task.title, mine, *min(rivals, key=lambda pair: pair[1].characters))


def _half(title: str, mine: Measured, row: Row, best: Measured) -> Target:
    figure = f"{mine.tokens:,} tokens, {row.peer.name} {best.tokens:,}: {mine.characters / best.characters:.2f}"
    return Target(f"{title}: half the tokens", mine.whole and mine.characters * 2 <= best.characters, figure)


def _size_of_tools() -> Target:
    """All of them, as a grant with every scope lists them where the provider has contacts and masked addresses."""
    listed = [tool.definition() for tool in tools.TOOLS if tool.name != "request_access"]
    size = len(json.dumps(listed, ensure_ascii=False, separators=(",", ":"))) // CHARACTERS_OF_A_TOKEN
    return Target(
        "tools/list with every ability: at most 5,000 tokens", size <= 5000, f"{size:,} of {len(listed)} tools"
    )


def _alone(rounds: int) -> Iterator[Target]:
    """On a ground of its own: processor time of one call against another, and against the provider's own time."""
    with tempfile.TemporaryDirectory() as folder, prepared(Path(folder)) as ground:
        letter = keyed(ground.box, "daily-brick-403")
        search = {"query": "in:anywhere newer_than:3y", "limit": 15, "collapse": False, "timeZone": ZONE}
        with mailconnect.PEER.start(ground) as server:
            found = server.call("search_emails", {"query": f'subject:"{letter.subject[:12]}" larger:90k'})
            email_id = next(word for word in found.text.split() if word.startswith("M") and len(word) > 20)
            listing = _cpu(server, "list_mailboxes", {})
            searching = _cpu(server, "search_emails", search)
            reading = _cpu(server, "read_emails", {"emailIds": [email_id]})
            ratio = _against_provider(server, ground, search, max(rounds, 5) * 5)
        yield Target(
            "search_emails of 15 hits: at most 1.5 times the processor time of list_mailboxes",
            searching <= 1.5 * listing,
            f"{searching * 1e3:.1f} ms and {listing * 1e3:.1f} ms: {searching / listing:.2f}",
        )
        yield Target(
            f"a newsletter of {len(letter.raw) // 1000} kB: at most 20 ms of processor time",
            reading <= 0.020,
            f"{reading * 1e3:.1f} ms",
        )
        yield ratio


def _cpu(server: Server, tool: str, arguments: dict[str, Any]) -> float:
    """Seconds a call."""
    for _ in range(3):
        server.call(tool, arguments)
    before = server.cpu()
    for _ in range(_CPU_ROUNDS):
        server.call(tool, arguments)
    return (server.cpu() - before) / _CPU_ROUNDS


def _against_provider(server: Server, ground: Ground, search: dict[str, Any], times: int) -> Target:
    """The call and the same JMAP requests without us take turns, so that other work on the machine affects both."""
    connection = HTTPConnection("127.0.0.1", ground.jmap.port)
    server.call("search_emails", search)
    ground.forget()
    server.call("search_emails", search)
    asked = list(ground.jmap.kept)
    headers = {"authorization": f"Bearer {ground.token}", "content-type": "application/json"}
    with_us, without = [], []
    for _ in range(times):
        began = time.perf_counter()
        server.call("search_emails", search)
        with_us.append(time.perf_counter() - began)
        began = time.perf_counter()
        for body in asked:
            connection.request("POST", "/jmap/", body, headers)
            connection.getresponse().read()
        without.append(time.perf_counter() - began)
    ours, theirs = statistics.median(with_us), statistics.median(without)
    return Target(
        "search_emails: p50 at most 1.3 times the provider's own for the same requests",
        ours <= 1.3 * theirs,
        f"{ours * 1e3:.1f} ms and {theirs * 1e3:.1f} ms: {ours / theirs:.2f}",
    )
