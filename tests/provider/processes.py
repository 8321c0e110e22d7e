"""Several processes at work on one grant, a step at a time.

A step is one request to the store, the outbox or the provider. A killed process makes no more steps, and what it alone
knew is lost.
"""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

from mailconnect.grants.decision import Decision, Issued
from mailconnect.grants.grant import Grant
from mailconnect.grants.tokens.rotation import Rotation, rotate
from mailconnect.grants.tokens.token import TokenKind, parse
from mailconnect.mail.errors import Throttled, Unreachable
from mailconnect.provider.storing import PATIENCE
from mailconnect.store.errors import StoreUnavailable
from mailconnect.store.transition import decide
from tests.grants.scenario import CONSENTED, LIFETIMES, refresh_of
from tests.provider.invariants import Invariants
from tests.provider.one_grant import ENDED, REFRESH_TOKEN, OneGrant, one_grant
from tests.provider.strict_provider import LOST
from tests.provider.watched_grants import Fault
from tests.provider.worker import OF_THE_OUTBOX, OF_THE_PROVIDER, Process, Worker

_CLOCK_SKEW = 300  # seconds


@dataclass(repr=False)
class Processes:
    one: OneGrant
    processes: list[Process] = field(default_factory=list)
    workers: list[Worker] = field(default_factory=list)
    sound: bool = True
    """Nothing has been noticed so far."""
    out_of_order: set[str] = field(default_factory=set)
    """Of "store", "outbox" and "provider"; "pause": the provider asks for one."""
    mine: str = REFRESH_TOKEN.text
    """The assistant's refresh token, and since when it is in doubt whether it is still its newest."""
    in_doubt: int | None = None
    rotating: Worker | None = None

    @classmethod
    def begin(cls, seconds_left: int, count: int = 3) -> "Processes":
        here = cls(one_grant(seconds_left))
        one, chance = here.one, here.one.entropy
        one.entropy = lambda size: b"\xff" if size == 1 else chance(size)  # the longest pauses make the fewest steps
        one.grants.before = one.outbox.before = one.provider.before = one.asleep = here._point
        here.processes = [here._born(Process()) for _ in range(count)]
        here.loop = asyncio.new_event_loop()
        here.loop.time = lambda: here.elapsed  # type: ignore[method-assign] - a slow machine must change nothing
        here.invariants = Invariants(one, here.processes, here.workers)
        here.invariants.begin()
        return here

    elapsed: float = 0
    """Seconds; this clock is never set, and stands still while the machine sleeps."""
    behind: int = 0
    """Seconds that the clock was set back, and that have not passed again."""
    loop: asyncio.AbstractEventLoop = field(init=False)
    invariants: Invariants = field(init=False)

    def close(self) -> None:
        for worker in [*self.workers]:
            self._end(worker)
        self.loop.close()
        self.invariants.close()

    def _born(self, process: Process) -> Process:
        process.refresh = self.one.another_process(patience=PATIENCE, time_left=lambda: process.seconds_left)
        return process

    # Possible events

    def call(self, process: Process) -> None:
        self._start(process, lambda: self.one.call(process.refresh)).calls = True

    def disconnect(self, process: Process) -> None:
        self._start(process, lambda: _unless_unavailable(self.one.retire()))

    def sweep(self, process: Process) -> None:
        """As on one machine, where each process sweeps."""
        self._start(process, lambda: _unless_unavailable(self._sweep(process)))

    def rotate(self, process: Process) -> None:
        """The assistant refreshes its own tokens. Again within the grace time, where it got no answer."""
        self.in_doubt = self.one.clock.now if self.in_doubt is None else self.in_doubt
        self.rotating = self._start(process, lambda: _unless_unavailable(self._rotate(self.one.clock.now)))

    @property
    def may_rotate(self) -> bool:
        return self.rotating not in self.workers and self._in_grace()

    def _in_grace(self) -> bool:
        return self.in_doubt is None or 0 <= self.one.clock.now - self.in_doubt < LIFETIMES.refresh_grace

    def advance(self, worker: Worker, fault: Any = None) -> None:
        """One step."""
        self.sound = False
        step, before, worker.arrived = worker.at, self.one.grant, worker.clock
        fault = fault or self._outage(step)
        if fault is not None:
            worker.disturbed.add(step)
            self.invariants.lost = self.invariants.lost or fault is LOST
            of = self.one.provider.answers if step in OF_THE_PROVIDER else self.one.grants.faults
            of = self.one.outbox.faults if step in OF_THE_OUTBOX else of
            of.setdefault(step, []).append(fault)
        unaware, outdated = worker.unaware or self.invariants.elsewhere(worker), self.one.provider.outdated
        self.loop.run_until_complete(self._made(worker))
        worker.begun = self.elapsed if worker.calls and worker.begun is None else worker.begun
        if unaware and self.one.provider.outdated > outdated:
            # It was in another process's memory, for it could be stored nowhere: nobody could know. A strict provider
            # has ended all, a lenient one has refused the old token.
            self.invariants.lost = True
        self._watch(worker, step, before)
        self._check()

    def kill(self, process: Process) -> None:
        for worker in [worker for worker in self.workers if worker.process is process]:
            self._end(worker)
        self._born(process)
        self.invariants.lost = self.invariants.lost or self.invariants.unknown()
        self._check()

    def pass_time(self, seconds: int) -> None:
        """A process with a lease is done before the lease has expired."""
        seconds = min(seconds, self._most_seconds())
        self.behind = max(self.behind - seconds, 0)
        self.one.clock.now += seconds
        self.elapsed += seconds
        self.sound = False
        self.loop.run_until_complete(self._hurried())
        for worker in [*self.workers]:
            self._watch(worker, "", self.one.grant)
        self._check()

    async def _hurried(self) -> None:
        """A process that waits too long gives up."""
        await asyncio.sleep(0)
        for worker in self.workers:
            await self._settled(worker)

    def set_back(self, seconds: int) -> None:
        """No further than clocks may differ: a lease that lies beyond that is not waited for (decision 0011)."""
        seconds = min(seconds, _CLOCK_SKEW - self.behind)
        self.behind += seconds
        self.one.clock.now -= seconds

    def stop_for_long(self) -> None:
        """The machine of a process with a lease sleeps until the lease has expired."""
        self.invariants.late = True
        self.one.clock.now += max(self.invariants.lease_until() - self.one.clock.now, 0) + 1

    def settle(self) -> None:
        """All is in order again, everybody finishes, time passes: what is left then?"""
        self.sound = False
        self.out_of_order.clear()
        for process in self.processes:
            process.seconds_left = 900.0
        while self.workers:
            for worker in [*self.workers]:
                self.advance(worker)
        self.pass_time(700)
        knowing = [process for process in self.processes if process.remembers()]
        answers = [self._answer((knowing or self.processes)[0]) for _ in range(2)]
        seen = self.invariants
        if seen.disconnected:
            assert answers == ["401", "401"], "I3: what was disconnected never serves again"
            self.pass_time(7 * 3600)
            self.sweep(self.processes[0])
            self._finish()
            assert self.one.grant is None, "erased"
            assert self.one.provider.dead or seen.lost or seen.late or seen.orphaned, "F-37: nothing lives on there"
        elif self.one.provider.dead or "401" in answers:
            assert seen.over, "I5"
            assert answers[0] in {"401", ENDED}
            assert answers[1] == "401", "a clean reconnect"
        else:
            assert answers == ["served", "served"]
            assert seen.lost or seen.late or not self.one.lost()
        self.sound = True

    def _answer(self, process: Process) -> str:
        self.call(process)
        worker = self.workers[-1]
        self._finish()
        answer: str = worker.task.result()
        return answer

    def _finish(self) -> None:
        while self.workers:
            self.advance(self.workers[-1])

    # How it is done

    async def _sweep(self, process: Process) -> None:
        if process.refresh.storing.in_hand:
            await process.refresh.storing.store_what_is_in_hand()
        await self.one.sweep()

    async def _rotate(self, now: int) -> None:
        presented = parse(self.mine, TokenKind.REFRESH)
        request = Rotation(refresh_token=presented, client_id=CONSENTED.client_id, scope=None, resource=None)

        def rules(grant: Grant) -> Decision:
            return rotate(grant, request, now=now, lifetimes=LIFETIMES, entropy=self.one.entropy)

        decision = await decide(self.one.grants, self.one.id, rules)
        if isinstance(decision, Issued):
            self.mine, self.in_doubt = refresh_of(decision.tokens).text, None
        else:
            assert self.invariants.over or not self._in_grace(), (
                "I4, I5: the assistant's token leads to the newest, unless all is over"
            )

    def _start(self, process: Process, program: Callable[[], Coroutine[Any, Any, Any]]) -> Worker:
        worker = Worker(process, after_the_end=self.one.id in self.one.grants.retired)
        self.workers.append(worker)

        async def begin() -> None:
            worker.task = asyncio.create_task(program())
            await self._settled(worker)

        self.loop.run_until_complete(begin())
        self._watch(worker, "", self.one.grant)
        return worker

    async def _point(self, step: str) -> None:
        """Awaited by the workers before each step."""
        task = asyncio.current_task()
        worker = next(worker for worker in self.workers if worker.task is task)
        worker.at, worker.clock = step, self.one.clock.now
        if step == "sleep":
            worker.slept += self.one.slept[-1]
        if step == "refresh":
            self.invariants.before_refresh(worker)
        worker.gate = self.loop.create_future()
        await worker.gate

    async def _made(self, worker: Worker) -> None:
        worker.at = ""
        worker.gate.set_result(None)
        await self._settled(worker)

    async def _settled(self, worker: Worker) -> None:
        for _ in range(3):  # A process whose time is over gets the timeout one turn later.
            while worker.works and (not worker.at or worker.gate.done()):  # noqa: ASYNC110 - turns are what this is about
                await asyncio.sleep(0)
            await asyncio.sleep(0)

    def _watch(self, worker: Worker, step: str, before: Grant | None) -> None:
        self.invariants.watch(worker, step, before, self.elapsed)
        if not worker.works:
            self.workers.remove(worker)

    def _check(self) -> None:
        self.sound = False
        self.invariants.check()
        self.sound = True

    def _end(self, worker: Worker) -> None:
        """It gets no more responses, and must make no more steps."""
        worker.task.cancel()
        self.loop.run_until_complete(asyncio.wait([worker.task]))
        self.workers.remove(worker)

    def _outage(self, step: str) -> Any:
        if step == "refresh" and "pause" in self.out_of_order:
            return Throttled("429", retry_after=20)
        of = "provider" if step in OF_THE_PROVIDER else "outbox" if step in OF_THE_OUTBOX else "store"
        if of not in self.out_of_order or step == "sleep":
            return None
        return Unreachable() if of == "provider" else Fault.UNAVAILABLE

    def _most_seconds(self) -> int:
        return max(self.invariants.lease_until() - 1 - self.one.clock.now, 0) if self.invariants.at_work else 100_000


async def _unless_unavailable(asked: Coroutine[Any, Any, Any]) -> None:
    try:
        await asked
    except StoreUnavailable:
        return
