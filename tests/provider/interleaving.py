"""Runs coroutines through every order of their steps, up to a bound, and kills or disturbs them at any of these.

A step is one request to the store or the provider. A schedule is the list of choices that were made; the next one
differs from it in the last choice that has an alternative left. The bound is on preemptions: how often one who could go
on is made to wait (Musuvathi and Qadeer, "Iterative context bounding", PLDI 2007).
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from typing import Any, TypeVar

import pytest

_T = TypeVar("_T")


class Choices:
    def __init__(self, given: Sequence[int] = ()) -> None:
        self._given = given
        self._taken: list[tuple[int, int]] = []

    def of(self, options: Sequence[_T]) -> _T:
        at = len(self._taken)
        index = self._given[at] if at < len(self._given) else 0
        self._taken.append((index, len(options)))
        return options[index]

    def following(self) -> list[int] | None:
        """The choices of the next schedule; None after the last."""
        taken = list(self._taken)
        while taken:
            index, width = taken.pop()
            if index + 1 < width:
                return [*(earlier for earlier, _ in taken), index + 1]
        return None


async def schedules(run: Callable[[Choices], Awaitable[_T]], *, maximum: int) -> AsyncIterator[_T]:
    """The result of each run. More than `maximum` schedules are an error: no schedule is left out silently."""
    given: list[int] | None = []
    for _ in range(maximum):
        choices = Choices(given)
        yield await run(choices)
        given = choices.following()
        if given is None:
            return
    raise AssertionError(f"there are more than {maximum} schedules")


class Act(Enum):
    GO = auto()
    KILL = auto()
    """The process ends here, before its request is sent; nothing after this happens."""
    TICK = auto()
    """Time passes."""


@dataclass(frozen=True, slots=True)
class Left:
    """How often the scheduler may still make trouble."""

    preemptions: int = 0
    kills: int = 0
    faults: int = 0
    ticks: int = 0


def in_short(*what: Any, short: Left, left: Left, id: str) -> list[Any]:  # noqa: A002 - pytest's word
    """Parameters for schedules that take over a second: `short` in each test run, all of `left` in make soak."""
    return [
        pytest.param(*what, short, id=id),
        pytest.param(*what, left, id=f"{id}, at length", marks=pytest.mark.soak),
    ]


@dataclass(eq=False)
class Worker:
    name: str
    task: asyncio.Task[Any] = field(init=False)
    at: str = ""
    """The step that it waits to make; empty while it runs, and at its end."""
    gate: asyncio.Future[None] = field(init=False)
    dead: bool = False
    slept_at: int = 0

    @property
    def waits(self) -> bool:
        return bool(self.at) and not self.dead


@dataclass
class Race:
    """`faults` names what may go wrong with a step: each is put in place by `disturb` before the step is made.

    `may_tick` says whether time may pass now, `changes` counts what a sleeper might wait for, `watch` looks at
    everything after each step: at who made it, which it was, and whether it was made.
    """

    programs: Sequence[tuple[str, Callable[[], Coroutine[Any, Any, Any]]]]
    faults: Callable[[str], Iterable[Any]]
    disturb: Callable[[str, Any], None]
    may_tick: Callable[[], bool]
    tick: Callable[[], None]
    changes: Callable[[], int]
    watch: Callable[[Worker, str, Act], None]
    workers: list[Worker] = field(default_factory=list)
    log: list[str] = field(default_factory=list)

    async def point(self, step: str) -> None:
        """Awaited by the workers before each step; anybody else passes."""
        worker = next((worker for worker in self.workers if worker.task is asyncio.current_task()), None)
        if worker is None:
            return
        worker.at, worker.slept_at = step, self.changes()
        worker.gate = asyncio.get_running_loop().create_future()
        await worker.gate

    async def run(self, choices: Choices, left: Left) -> list[Any]:
        """The programs' results, None for a killed one."""
        for name, program in self.programs:
            worker = Worker(name)
            self.workers.append(worker)
            worker.task = asyncio.create_task(program())
            await self._settled(worker)
        last = self.workers[0]
        while options := self._options(last, left):
            worker, act, fault = choices.of(options)
            self.log.append(" ".join(filter(None, (worker.name, worker.at, act.name, str(fault or "")))))
            if act is Act.TICK:
                left = replace(left, ticks=left.ticks - 1)
                self.tick()
                continue
            if worker is not last and last in self._ready():
                left = replace(left, preemptions=left.preemptions - 1)
            last, step = worker, worker.at
            left = await self._made(worker, act, fault, left)
            self.watch(worker, step, act)
        results = [worker.task.result() if worker.task.done() else None for worker in self.workers]
        for worker in self.workers:
            worker.task.cancel()
        await asyncio.gather(*(worker.task for worker in self.workers), return_exceptions=True)
        return results

    async def _made(self, worker: Worker, act: Act, fault: Any, left: Left) -> Left:
        if act is Act.KILL:
            worker.dead = True
            return replace(left, kills=left.kills - 1)
        if fault is not None:
            self.disturb(worker.at, fault)
            left = replace(left, faults=left.faults - 1)
        worker.at = ""
        worker.gate.set_result(None)
        await self._settled(worker)
        return left

    async def _settled(self, worker: Worker) -> None:
        while not worker.at and not worker.task.done():  # noqa: ASYNC110 - turn by turn is what this is about
            await asyncio.sleep(0)

    def _ready(self) -> list[Worker]:
        """The coroutines that can go on. A sleeping one can, once something has changed or when no other can."""
        waiting = [worker for worker in self.workers if worker.waits]
        return [worker for worker in waiting if worker.at != "sleep" or worker.slept_at != self.changes()] or waiting

    def _options(self, last: Worker, left: Left) -> list[tuple[Worker, Act, Any]]:
        """The first choice is to go on with the coroutine that went on last, undisturbed."""
        ready = self._ready()
        if last in ready:
            others = [worker for worker in ready if worker is not last] if left.preemptions else []
            ready = [last, *others]
        options: list[tuple[Worker, Act, Any]] = []
        for worker in ready:
            options.append((worker, Act.GO, None))
            if left.faults:
                options += [(worker, Act.GO, fault) for fault in self.faults(worker.at)]
            if left.kills and worker.at != "sleep":
                options.append((worker, Act.KILL, None))
        if ready and left.ticks and self.may_tick():
            options.append((last, Act.TICK, None))
        return options
