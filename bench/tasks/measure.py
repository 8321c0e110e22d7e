"""Runs the tasks with each server on its own ground, and checks the results."""

import json
import statistics
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.tasks import facts
from bench.tasks.connection import PlanFailed, Result, ServerDied, Steps
from bench.tasks.facts import Fact
from bench.tasks.ground import Ground, prepared
from bench.tasks.peer import Peer
from bench.tasks.state import changes
from bench.tasks.tasks import TASKS, Asked, Happened, Plan, Task

CHARACTERS_OF_A_TOKEN = 4
ROUNDS = 9
"""Of a task that reads; what changes the mailbox is done once."""


@dataclass(frozen=True, slots=True)
class Measured:
    """A task at a server. `wall` and `cpu` are seconds for the whole plan, `wall` the median and `cpu` the mean.

    `asked`: characters of the calls' arguments, which the model writes. `amiss`: what should not have happened, or did
    not. `doubles`: whether the last call, repeated, sends once more; None where nothing is sent.
    """

    calls: int
    characters: int
    asked: int
    lost: tuple[Fact, ...]
    requests: int
    wall: float
    cpu: float
    amiss: tuple[str, ...] = ()
    doubles: bool | None = None
    said: str = field(default="", repr=False)

    @property
    def tokens(self) -> int:
        return self.characters // CHARACTERS_OF_A_TOKEN

    @property
    def whole(self) -> bool:
        return not self.lost and not self.amiss


@dataclass(frozen=True, slots=True)
class Row:
    """`tools`: characters of tools/list. `failure` says why there is no row at all."""

    peer: Peer
    tools: int = 0
    number: int = 0
    tasks: dict[str, Measured] = field(default_factory=dict)
    failure: str = ""


def measured(peers: Iterable[Peer], keys: Sequence[str], rounds: int = ROUNDS) -> Iterator[Row]:
    """Each server on its own ground, and started anew for each task, so that none suffers from the one before."""
    for peer in peers:
        with tempfile.TemporaryDirectory() as folder, prepared(Path(folder)) as ground:
            row = Row(peer)
            try:
                with peer.start(ground) as server:
                    listed = server.tools()
                size = len(json.dumps(list(listed), ensure_ascii=False, separators=(",", ":")))
                row = Row(peer, size, len(listed))
            except ServerDied as died:
                row = Row(peer, failure=str(died))
            for task in TASKS if not row.failure else ():
                plan = peer.plans.get(task.key)
                if task.key in keys and plan is not None:
                    row.tasks[task.key] = _task(peer, task, plan, ground, rounds)
            yield row


def _task(peer: Peer, task: Task, plan: Plan, ground: Ground, rounds: int) -> Measured:
    """What reads is done once before it is measured: imports and connections are not part of it."""
    asked = Asked(datetime.now(UTC).date(), ground.box)
    before = ground.state()
    walls: list[float] = []
    spent, requests, doubles, failure = 0.0, 0, None, ""
    steps, sent = Steps(_Nobody()), list(ground.sink.taken)
    try:
        with peer.start(ground) as server:
            if task.reads:
                plan(Steps(server), asked)
            ground.forget()
            began_cpu = server.cpu()
            for _ in range(rounds if task.reads else 1):
                steps = Steps(server)
                began = time.perf_counter()
                plan(steps, asked)
                walls.append(time.perf_counter() - began)
            spent, requests = (server.cpu() - began_cpu) / len(walls), ground.requests // len(walls)
            sent = list(ground.sink.taken)
            if sent:
                steps.repeat_last()
                doubles = len(ground.sink.taken) > len(sent)
    except (PlanFailed, ServerDied) as why:
        failure = str(why)
    after = ground.state()
    happened = Happened(before, after, changes(before, after), sent)
    errors = [result.text for result in steps.results if result.is_error]
    amiss = [*task.done(asked, happened)]
    if failure or errors:
        amiss.append(f"failed: {(errors or [failure])[0][:160]}")
    return Measured(
        calls=len(steps.calls),
        characters=sum(len(result.text) for result in steps.results),
        asked=sum(len(json.dumps(arguments, ensure_ascii=False)) for _, arguments in steps.calls),
        lost=tuple(facts.lost(task.facts(asked), steps.dialogue if task.key == "folders" else steps.said)),
        requests=requests,
        wall=statistics.median(walls) if walls else 0,
        cpu=spent,
        amiss=tuple(amiss),
        doubles=doubles,
        said=steps.said,
    )


class _Nobody:
    def tools(self) -> Sequence[Mapping[str, Any]]:
        return ()

    def call(self, tool: str, arguments: Mapping[str, Any]) -> Result:
        raise ServerDied(f"{tool} {arguments}")

    def cpu(self) -> float:
        return 0.0
