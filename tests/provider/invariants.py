"""The invariants I1 to I7 of docs/faults.md, checked after every step of several processes on one grant."""

import logging
from dataclasses import dataclass, field
from typing import Any

from mailconnect.grants.grant import Grant, GrantState
from mailconnect.grants.retirement import Reason
from mailconnect.jmap.response import Responses
from mailconnect.provider.attempt import NEEDED_SECONDS
from mailconnect.provider.connection import CALL_SECONDS
from tests.grants.scenario import stored_bytes
from tests.provider.one_grant import ENDED, OneGrant
from tests.provider.worker import Process, Worker

_CANARY = b"-canary-"  # in each of the provider's tokens
_MAX_STEPS = 300


class _Heard(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        assert _CANARY.decode() not in record.getMessage(), "I6: in the log"


@dataclass(repr=False)
class Invariants:
    """`lost`: nobody knows the provider's newest token, and nobody could help it. `late`: somebody was stopped for
    longer than the lease that he held. `ended`: at the provider, by the person. `orphaned`: a token of a grant that was
    retired meanwhile, when neither the provider, nor the store, nor the outbox could be told; or the process that had
    it in memory was killed, or told the store only after another process's sweep had erased the grant.
    """

    one: OneGrant
    processes: list[Process]
    workers: list[Worker]
    lost: bool = False
    late: bool = False
    ended: bool = False
    orphaned: bool = False
    holder: Worker | None = None
    bearer: tuple[Worker, str] | None = None
    """The process that has just got the provider's tokens, and its refresh token."""
    newest: str = ""
    versions: dict[int, bytes] = field(default_factory=dict)
    durable: set[str] = field(default_factory=set)
    """The access tokens that were ever stored."""
    heard: _Heard = field(default_factory=_Heard)

    def begin(self) -> None:
        self.newest = self.one.provider.refresh_token
        logging.getLogger("mailconnect.audit").addHandler(self.heard)
        self._watch_use()
        self.check()

    def close(self) -> None:
        logging.getLogger("mailconnect.audit").removeHandler(self.heard)

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

    def lease_until(self) -> int:
        grant = self.one.grant
        return 0 if grant is None or grant.lease_until is None else grant.lease_until

    # Which process knows what

    def _known(self) -> set[str | None]:
        """The provider's refresh tokens that are stored, or that a living process has."""
        known = self.one.stored() if self.one.grant is not None else set()
        known |= {self._remembered(process) for process in self.processes}
        if self.bearer is not None and self.bearer[0] in self.workers:
            known.add(self.bearer[1])
        return known

    def _remembered(self, process: Process) -> str | None:
        refreshed = process.refresh.storing.in_hand.get(self.one.id)
        return None if refreshed is None else self.one.opened(refreshed).refresh_token

    def unknown(self) -> bool:
        provider = self.one.provider
        return not provider.dead and provider.refresh_token not in self._known()

    def elsewhere(self, worker: Worker) -> bool:
        """Whether the newest token is in another process's memory alone."""
        newest = self.one.provider.refresh_token
        if self.one.grant is None or newest in self.one.stored():
            return False
        return any(self._remembered(one) == newest for one in self.processes if one is not worker.process)

    # The invariants

    def before_refresh(self, worker: Worker) -> None:
        assert worker.process.seconds_left >= NEEDED_SECONDS
        excused = self.late or self.disconnected or worker.unaware
        assert excused or self._lease_lasts(), "it ends before the lease does"

    def _watch_use(self) -> None:
        provider, call = self.one.provider, self.one.provider.call

        async def watched(api_url: str, access_token: str, *rest: Any, **bounds: float) -> Responses:
            self._note_what_is_stored()
            assert access_token in self.durable, "I1: stored before it is used"
            return await call(api_url, access_token, *rest, **bounds)

        provider.call = watched  # type: ignore[method-assign]

    def watch(self, worker: Worker, step: str, before: Grant | None, elapsed: float) -> None:
        """The changes of this step."""
        grant, provider = self.one.grant, self.one.provider
        if step == "take" and grant is not None and before is not None and grant.lease_id != before.lease_id:
            self.holder, worker.unaware = worker, self.elsewhere(worker)
            pause = before.not_before or 0
            assert grant.state is GrantState.ACTIVE, "I3: what has ended is not renewed"
            assert not worker.arrived < pause <= worker.arrived + 900, "F-02: the pause is kept"
        if step == "refresh" and provider.refresh_token != self.newest:
            self.newest = provider.refresh_token
            self.bearer = (worker, self.newest)
        if step == "retire" and grant is not None and grant.retired_reason == Reason.PROVIDER_ENDED:
            assert provider.dead or self.one.lost(), "I5: what has been renewed is not ended"
        if grant is not None and before is not None and before.state is GrantState.RETIRED:
            assert step == "hand over" or grant.props_version == before.props_version, "I3: nothing renews it"
        worker.steps += 1
        assert worker.steps < _MAX_STEPS, "I7"
        assert worker.slept < CALL_SECONDS, "I7"
        if not worker.works:
            self._check_answer(worker)
        elif worker.begun is not None and worker.at == "call":
            assert elapsed <= worker.begun + CALL_SECONDS, "I7: nothing is asked of the mailbox after the time for it"

    def _lease_lasts(self) -> bool:
        return self.lease_until() - self.one.clock.now >= NEEDED_SECONDS

    def _check_answer(self, worker: Worker) -> None:
        answer, grant = worker.task.result(), self.one.grant
        if worker.after_the_end:
            assert answer in {None, "401", "503"}, "I3: what is retired never serves"
        if answer in {"401", ENDED}:
            assert self.over, "I5: a terminal answer only where the end is proven"
            assert self.one.provider.dead or grant is None or grant.state is GrantState.RETIRED, "I5"
        if self.bearer is not None and worker is self.bearer[0]:
            memory_alone = self._remembered(worker.process) == self.bearer[1]
            assert not memory_alone or "keep" in worker.disturbed, "F-16: in the outbox, if it can be"
            ended = grant is None or grant.state is GrantState.RETIRED
            self.orphaned = self.orphaned or (ended and {"hand over", "keep"} <= worker.disturbed)

    def check(self) -> None:
        """After each step."""
        one, grant = self.one, self.one.grant
        at_refresh = [worker.process for worker in self.workers if worker.at == "refresh" and not worker.unaware]
        assert len(at_refresh) <= 1 or self.late, "I2: one refresh in flight"
        assert len(set(at_refresh)) == len(at_refresh), "I2: one refresh in flight in each process"
        assert not one.provider.dead or self.over, "I1: a live connection was lost"
        self._note_what_is_stored()
        if grant is not None:
            self._check_record(grant)
        elif any(self._remembered(process) == one.provider.refresh_token for process in self.processes):
            self.orphaned = True

    def _check_record(self, grant: Grant) -> None:
        one = self.one
        assert self.versions.setdefault(grant.props_version, grant.props) == grant.props, "I4: one successor"
        assert grant.props_version == max(self.versions), "I4: nothing newer is overwritten"
        if grant.state is GrantState.ACTIVE:
            assert self.lost or self.late or not self.unknown(), "I1: the provider's token is stored or in hand"
        assert _CANARY not in stored_bytes(grant) + repr(one.waiting).encode(), "I6: in the store"

    def _note_what_is_stored(self) -> None:
        if self.one.grant is not None:
            self.durable |= self.one.stored_access()
