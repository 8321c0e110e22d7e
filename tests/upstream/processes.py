"""Several processes at work on one grant, a step at a time, and what must hold after each (invariants I1 to I7).

A step is one request to the store, the outbox or the provider. Whoever is killed makes no more steps, and what the
killed process alone knew is gone.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

from lib.grants.decision import Decision, Issued
from lib.grants.grant import Grant, State
from lib.grants.retirement import Reason
from lib.grants.rotation import Rotation, rotate
from lib.grants.token import TokenKind, parse
from lib.jmap.errors import Throttled, Unreachable
from lib.jmap.request import Responses
from lib.store.errors import StoreUnavailable
from lib.store.transition import decide
from lib.upstream.connection import CALL_SECONDS
from lib.upstream.renewal import NEEDED_SECONDS
from lib.upstream.storing import PATIENCE
from tests.grants.scenario import CONSENTED, LIFETIMES, refresh_of, stored_bytes
from tests.upstream.one_grant import ENDED, REFRESH_TOKEN, OneGrant, one_grant
from tests.upstream.strict_provider import LOST
from tests.upstream.watched_grants import Fault
from tests.upstream.worker import OF_THE_OUTBOX, OF_THE_PROVIDER, Process, Worker

_CANARY = b"-canary-"  # in each of the provider's tokens
_MOST_STEPS = 300


class _Heard(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        assert _CANARY.decode() not in record.getMessage(), "I6: in the log"


@dataclass(repr=False)
class Processes:
    """`lost`: nobody knows the provider's newest token, and nobody could help it. `late`: somebody was stopped for
    longer than the lease that he held. `ended`: at the provider, by the person. `orphaned`: a token of a grant that was
    retired meanwhile, when neither the provider, nor the store, nor the outbox could be told.
    """

    one: OneGrant
    processes: list[Process] = field(default_factory=list)
    workers: list[Worker] = field(default_factory=list)
    sound: bool = True
    """Nothing has been noticed so far."""
    lost: bool = False
    late: bool = False
    ended: bool = False
    orphaned: bool = False
    out_of_order: set[str] = field(default_factory=set)
    """Of "store", "outbox" and "provider"; "pause": the provider asks for one."""
    holder: Worker | None = None
    bearer: tuple[Worker, str] | None = None
    """Who has just got the provider's tokens, and its refresh token."""
    newest: str = ""
    versions: dict[int, bytes] = field(default_factory=dict)
    durable: set[str] = field(default_factory=set)
    """The access tokens that were ever stored."""
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
        here.newest = one.provider.refresh_token
        here._watch_use()
        here.processes = [here._born(Process()) for _ in range(count)]
        here.loop = asyncio.new_event_loop()
        here.loop.time = lambda: here.elapsed  # type: ignore[method-assign] - a slow machine must change nothing
        here.heard = _Heard()
        logging.getLogger("mailconnect.audit").addHandler(here.heard)
        here._check()
        return here

    elapsed: float = 0
    """Seconds; this clock is never set, and stands still while the machine sleeps."""
    loop: asyncio.AbstractEventLoop = field(init=False)
    heard: _Heard = field(init=False)

    def close(self) -> None:
        for worker in self.workers:
            self._end(worker)
        self.loop.close()
        logging.getLogger("mailconnect.audit").removeHandler(self.heard)

    def _born(self, process: Process) -> Process:
        process.renewal = self.one.another_process(patience=PATIENCE, time_left=lambda: process.seconds_left)
        return process

    # What may happen

    def call(self, process: Process) -> None:
        self._start(process, lambda: self.one.call(process.renewal)).calls = True

    def disconnect(self, process: Process) -> None:
        self._start(process, lambda: _unless_unavailable(self.one.retire()))

    def sweep(self, process: Process) -> None:
        self._start(process, lambda: _unless_unavailable(self.one.sweep()))

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
        step, before = worker.at, self.one.grant
        fault = fault or self._outage(step)
        if fault is not None:
            worker.disturbed.add(step)
            self.lost = self.lost or fault is LOST
            of = self.one.provider.answers if step in OF_THE_PROVIDER else self.one.grants.faults
            of = self.one.outbox.faults if step in OF_THE_OUTBOX else of
            of.setdefault(step, []).append(fault)
        could_know = self._elsewhere(worker)
        self.loop.run_until_complete(self._made(worker))
        worker.begun = self.elapsed if worker.calls and worker.begun is None else worker.begun
        if step == "refresh" and self.one.provider.dead and could_know:
            self.lost = True  # It was in another process's memory, for it could be stored nowhere: nobody could know.
        self._watch(worker, step, before)
        self._check()

    def kill(self, process: Process) -> None:
        for worker in [worker for worker in self.workers if worker.process is process]:
            self._end(worker)
        self._born(process)
        self.lost = self.lost or self._unknown()
        self._check()

    def pass_time(self, seconds: int) -> None:
        """Whoever works with a lease is done before it has run out."""
        seconds = min(seconds, self._most_seconds())
        self.one.clock.now += seconds
        self.elapsed += seconds
        self.sound = False
        self.loop.run_until_complete(self._hurried())
        for worker in [*self.workers]:
            self._watch(worker, "", self.one.grant)
            late = worker.works and worker.begun is not None and self.elapsed > worker.begun + CALL_SECONDS
            assert not late or worker.at != "call", "I7: nothing is asked of the mailbox after the time for it"
        self._check()

    async def _hurried(self) -> None:
        """Who waits for too long gives up."""
        await asyncio.sleep(0)
        for worker in self.workers:
            await self._settled(worker)

    def stop_for_long(self) -> None:
        """The machine of somebody who works with a lease sleeps through it."""
        self.late = True
        self.one.clock.now += max(self._lease_until() - self.one.clock.now, 0) + 1

    @property
    def at_work(self) -> bool:
        return self.holder is not None and self.holder.works

    @property
    def disconnected(self) -> bool:
        return self.one.grants.retired.get(self.one.id) == "owner_disconnected"

    @property
    def over(self) -> bool:
        """Whether there is a good reason for this connection to have come to its end."""
        return self.disconnected or self.ended or self.lost or self.late

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
        if self.disconnected:
            assert answers == ["401", "401"], "I3: what was disconnected never serves again"
            self.pass_time(7 * 3600)
            self.sweep(self.processes[0])
            self._finish()
            assert self.one.grant is None, "erased"
            assert self.one.provider.dead or self.lost or self.late or self.orphaned, "F-37: nothing lives on there"
        elif self.one.provider.dead or "401" in answers:
            assert self.over, "I5"
            assert answers[0] in {"401", ENDED}
            assert answers[1] == "401", "a clean reconnect"
        else:
            assert answers == ["served", "served"]
            assert self.lost or self.late or not self.one.lost()
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

    async def _rotate(self, now: int) -> None:
        presented = parse(self.mine, TokenKind.REFRESH)
        request = Rotation(refresh_token=presented, client_id=CONSENTED.client_id, scope=None, resource=None)

        def rules(grant: Grant) -> Decision:
            return rotate(grant, request, now=now, lifetimes=LIFETIMES, entropy=self.one.entropy)

        decision = await decide(self.one.grants, self.one.id, rules)
        if isinstance(decision, Issued):
            self.mine, self.in_doubt = refresh_of(decision.tokens).text, None
        else:
            assert self.over or not self._in_grace(), (
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
            assert worker.process.seconds_left >= NEEDED_SECONDS
            assert self.late or self.disconnected or self._lease_lasts(), "it ends before the lease does"
        worker.gate = self.loop.create_future()
        await worker.gate

    async def _made(self, worker: Worker) -> None:
        worker.at = ""
        worker.gate.set_result(None)
        await self._settled(worker)

    async def _settled(self, worker: Worker) -> None:
        for _ in range(3):  # Who is out of time is told so a turn later.
            while worker.works and (not worker.at or worker.gate.done()):  # noqa: ASYNC110 - turns are what this is about
                await asyncio.sleep(0)
            await asyncio.sleep(0)

    def _end(self, worker: Worker) -> None:
        """It hears of nothing any more. What it would do then, it must not do."""
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

    def _lease_until(self) -> int:
        grant = self.one.grant
        return 0 if grant is None or grant.lease_until is None else grant.lease_until

    def _most_seconds(self) -> int:
        return max(self._lease_until() - 1 - self.one.clock.now, 0) if self.at_work else 100_000

    def _known(self) -> set[str | None]:
        """The provider's refresh tokens that are stored, or that somebody living has."""
        known = self.one.stored() if self.one.grant is not None else set()
        known |= {self._remembered(process) for process in self.processes}
        if self.bearer is not None and self.bearer[0] in self.workers:
            known.add(self.bearer[1])
        return known

    def _remembered(self, process: Process) -> str | None:
        refreshed = process.renewal.storing._in_memory.get(self.one.id)
        return None if refreshed is None else self.one.opened(refreshed).refresh_token

    def _unknown(self) -> bool:
        provider = self.one.provider
        return not provider.dead and provider.refresh_token not in self._known()

    def _elsewhere(self, worker: Worker) -> bool:
        """Whether the newest token is in another process's memory alone."""
        newest = self.one.provider.refresh_token
        if self.one.grant is None or newest in self.one.stored():
            return False
        return any(self._remembered(one) == newest for one in self.processes if one is not worker.process)

    # What must hold

    def _watch_use(self) -> None:
        provider, call = self.one.provider, self.one.provider.call

        async def watched(api_url: str, access_token: str, *rest: Any, **bounds: float) -> Responses:
            self._note_what_is_stored()
            assert access_token in self.durable, "I1: stored before it is used"
            return await call(api_url, access_token, *rest, **bounds)

        provider.call = watched  # type: ignore[method-assign]

    def _watch(self, worker: Worker, step: str, before: Grant | None) -> None:
        """What this step has changed."""
        grant, provider = self.one.grant, self.one.provider
        if step == "take" and grant is not None and before is not None and grant.lease_id != before.lease_id:
            self.holder = worker
            pause = before.not_before or 0
            assert grant.state is State.ACTIVE, "I3: what has ended is not renewed"
            assert not worker.clock < pause <= worker.clock + 900, "F-02: the pause is kept"
        if step == "refresh" and provider.refresh_token != self.newest:
            self.newest = provider.refresh_token
            self.bearer = (worker, self.newest)
        if step == "retire" and grant is not None and grant.retired_reason == Reason.PROVIDER_ENDED:
            assert provider.dead or self.one.lost(), "I5: what has been renewed is not ended"
        if grant is not None and before is not None and before.state is State.RETIRED:
            assert step == "hand over" or grant.props_version == before.props_version, "I3: nothing renews it"
        worker.steps += 1
        assert worker.steps < _MOST_STEPS, "I7"
        assert worker.slept < CALL_SECONDS, "I7"
        if not worker.works:
            self.workers.remove(worker)
            self._check_answer(worker)

    def _lease_lasts(self) -> bool:
        return self._lease_until() - self.one.clock.now >= NEEDED_SECONDS

    def _check_answer(self, worker: Worker) -> None:
        answer, grant = worker.task.result(), self.one.grant
        if worker.after_the_end:
            assert answer in {None, "401", "503"}, "I3: what is retired never serves"
        if answer in {"401", ENDED}:
            assert self.over, "I5: a terminal answer only where the end is proven"
            assert self.one.provider.dead or grant is None or grant.state is State.RETIRED, "I5"
        if self.bearer is not None and worker is self.bearer[0]:
            memory_alone = self._remembered(worker.process) == self.bearer[1]
            assert not memory_alone or "keep" in worker.disturbed, "F-16: in the outbox, if it can be"
            ended = grant is None or grant.state is State.RETIRED
            self.orphaned = self.orphaned or (ended and {"hand over", "keep"} <= worker.disturbed)

    def _check(self) -> None:
        """After each step."""
        self.sound = False
        one, grant = self.one, self.one.grant
        at_refresh = [worker.process for worker in self.workers if worker.at == "refresh"]
        assert len(at_refresh) <= 1 or self.late, "I2: one refresh in flight"
        assert len(set(at_refresh)) == len(at_refresh), "I2: one refresh in flight in each process"
        assert not one.provider.dead or self.over, "I1: a live connection was lost"
        self._note_what_is_stored()
        if grant is not None:
            self._check_record(grant)
        self.sound = True

    def _check_record(self, grant: Grant) -> None:
        one = self.one
        assert self.versions.setdefault(grant.props_version, grant.props) == grant.props, "I4: one successor"
        assert grant.props_version == max(self.versions), "I4: nothing newer is overwritten"
        if grant.state is State.ACTIVE:
            assert self.lost or self.late or not self._unknown(), "I1: the provider's token is stored or in hand"
        assert _CANARY not in stored_bytes(grant) + repr(one.waiting).encode(), "I6: in the store"

    def _note_what_is_stored(self) -> None:
        if self.one.grant is not None:
            self.durable |= self.one.stored_access()


async def _unless_unavailable(asked: Coroutine[Any, Any, Any]) -> None:
    try:
        await asked
    except StoreUnavailable:
        return
