"""The refresh protocol under all faults, in any order, with as many steps as Hypothesis draws."""

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from mailconnect.grants.provider_refresh.lease import LEASE_SECONDS
from tests.provider.one_grant import EARLY, ENDING, EXPIRED, FRESH
from tests.provider.processes import Processes
from tests.provider.strict_provider import LIFETIME, LOST
from tests.provider.worker import Process, Worker, faults_of

pytestmark = pytest.mark.usefixtures("stopped_watch")

ANY = st.integers(0, 11)
"""The number of one of the processes, however many there are."""

MAX = 4  # at work


def at_work(machine: "RefreshMachine") -> bool:
    return bool(machine.here.workers)


def renews(machine: "RefreshMachine") -> bool:
    return any(worker.at in {"take", "refresh", "store"} for worker in machine.here.workers)


def room(machine: "RefreshMachine") -> bool:
    return len(machine.here.workers) < MAX


class RefreshMachine(RuleBasedStateMachine):
    here: Processes

    @initialize(
        seconds_left=st.sampled_from([EXPIRED, EXPIRED, ENDING, EARLY, FRESH]),
        provider=st.sampled_from(["strict", "strict", "strict", "lenient", "not rotating"]),
    )
    def begin(self, seconds_left: int, provider: str) -> None:
        self.here = Processes.begin(seconds_left)
        self.here.one.provider.strict = provider != "lenient"
        self.here.one.provider.rotating = provider != "not rotating"

    def process(self, number: int) -> Process:
        return self.here.processes[number % len(self.here.processes)]

    def worker(self, number: int) -> Worker:
        return self.here.workers[number % len(self.here.workers)]

    def find(self, *steps: str) -> list[Worker]:
        return [worker for worker in self.here.workers if worker.at in steps]

    # People and assistants

    @precondition(room)
    @rule(number=ANY, step=st.sampled_from(["get", "take", "take", "refresh"]))
    def call(self, number: int, step: str) -> None:
        self.here.call(self.process(number))
        if step != "get":
            self.bring(-1, step)

    @precondition(lambda self: room(self) and self.here.may_rotate and not self.here.invariants.over)
    @rule(number=ANY, at_once=st.booleans())
    def assistant_refreshes(self, number: int, *, at_once: bool) -> None:
        self.here.rotate(self.process(number))
        if at_once:
            self.bring(-1, "")

    @precondition(lambda self: room(self) and renews(self) and not self.here.invariants.over)
    @rule(number=ANY, by=st.sampled_from(["owner", "owner", "provider"]))
    def end(self, number: int, by: str) -> None:
        if by == "owner":
            self.here.disconnect(self.process(number))
            self.bring(-1, "")
        else:
            self.here.invariants.ended = self.here.one.provider.dead = True

    @precondition(lambda self: room(self) and self.here.invariants.disconnected)
    @rule(number=ANY)
    def sweep(self, number: int) -> None:
        self.here.sweep(self.process(number))

    # Progress

    @precondition(at_work)
    @rule(number=ANY)
    def advance(self, number: int) -> None:
        self.here.advance(self.worker(number))

    @precondition(at_work)
    @rule(number=ANY, step=st.sampled_from(["take", "refresh", "refresh", "store", "store", "call", ""]))
    def bring(self, number: int, step: str) -> None:
        """To where this step is the next, or to its end, or till it sleeps."""
        worker = self.worker(number)
        self.here.advance(worker)
        while worker.works and worker.at not in {step, "sleep"}:
            self.here.advance(worker)

    @precondition(at_work)
    @rule()
    def go_on_later(self) -> None:
        """All finish, and the access token comes to its end."""
        while self.here.workers:
            self.here.advance(self.here.workers[-1])
        self.here.pass_time(LIFETIME)

    @precondition(at_work)
    @rule(seconds=st.sampled_from([1, 3, 11, 13]))
    def pass_time(self, seconds: int) -> None:
        self.here.pass_time(seconds)

    # Trouble

    @precondition(at_work)
    @rule(number=ANY, fault=ANY)
    def disturb(self, number: int, fault: int) -> None:
        worker = self.worker(number)
        faults = faults_of(worker.at)
        self.here.advance(worker, None if worker.at == "sleep" else faults[fault % len(faults)])

    @precondition(lambda self: self.find("store", "look", "revoke"))
    @rule(outbox=st.sampled_from([True, True, False]))
    def fail_where_it_hurts(self, *, outbox: bool) -> None:
        self.fail(self.find("store", "look", "revoke")[0], outbox=outbox)

    @precondition(room)
    @rule(number=ANY, outbox=st.sampled_from([True, True, False]))
    def call_and_fail_to_store(self, number: int, *, outbox: bool) -> None:
        """A case that single steps reach rarely: only the outbox, or only the process, has the new tokens."""
        self.here.call(self.process(number))
        worker = self.here.workers[-1]
        self.bring(-1, "store")
        if worker.works and worker.at == "store":
            self.fail(worker, outbox=outbox)

    def fail(self, worker: Worker, *, outbox: bool) -> None:
        failing = {"store", "get", "look", "revoke"} | (set() if outbox else {"keep", "hand over"})
        while worker.works and worker.at in failing | {"keep", "sleep", "hand over"}:
            self.here.advance(worker, faults_of(worker.at)[0] if worker.at in failing else None)

    @precondition(lambda self: self.find("refresh"))
    @rule()
    def lose_the_providers_answer(self) -> None:
        self.here.advance(self.find("refresh")[0], LOST)

    @precondition(at_work)
    @rule(number=ANY)
    def kill(self, number: int) -> None:
        self.here.kill(self.worker(number).process)

    @precondition(at_work)
    @rule(
        what=st.sampled_from(
            [set(), set(), set(), {"store"}, {"outbox"}, {"store", "outbox"}, {"provider"}, {"pause"}]
        ),
        back=st.sampled_from([0, 0, 0, 1, 30, 300]),
        number=ANY,
        seconds_left=st.sampled_from([900.0, 900.0, 10.0, 9.9]),
    )
    def change_the_weather(self, what: set[str], back: int, number: int, seconds_left: float) -> None:
        self.here.out_of_order = set(what)
        self.here.set_back(back)
        self.process(number).seconds_left = seconds_left

    @precondition(lambda self: self.here.invariants.at_work)
    @rule()
    def stop_for_long(self) -> None:
        self.here.stop_for_long()

    # The end

    @precondition(lambda self: self.here.invariants.over)
    @rule(
        seconds_left=st.sampled_from([EXPIRED, ENDING, EARLY]),
        provider=st.sampled_from(["strict", "strict", "lenient", "not rotating"]),
    )
    def settle(self, seconds_left: int, provider: str) -> None:
        """And connect anew."""
        self.here.settle()
        self.here.close()
        self.begin(seconds_left, provider)

    def teardown(self) -> None:
        try:
            if self.here.sound:
                self.here.settle()
        finally:
            self.here.close()


@pytest.mark.row("F-16", "F-37")
@pytest.mark.parametrize("number", [0, 1])
@pytest.mark.parametrize("sweeps", [0, 2])
def test_tokens_in_one_processs_memory_alone_are_revoked_when_the_owner_has_ended_the_grant(
    number: int, sweeps: int
) -> None:
    """The machine drew this: no call comes any more that would store them."""
    machine = RefreshMachine()
    machine.begin(seconds_left=EXPIRED, provider="strict")
    machine.call(number=0, step="get")
    machine.bring(number=0, step="store")
    machine.end(by="owner", number=0)
    machine.fail_where_it_hurts(outbox=False)
    for _ in range(sweeps):
        machine.sweep(number=number)
        while machine.here.workers:
            machine.advance(number=0)
        machine.here.pass_time(LEASE_SECONDS + 1)
    machine.teardown()
    assert machine.here.one.provider.dead


@pytest.mark.row("F-16", "F-10")
def test_an_end_at_the_provider_while_tokens_waited_in_the_outbox_is_told_at_the_next_call() -> None:
    """The machine drew this: the tokens that waited were refused, and the call said that it might be for once."""
    machine = RefreshMachine()
    machine.begin(seconds_left=EXPIRED, provider="strict")
    machine.call(number=0, step="refresh")
    machine.advance(number=0)
    machine.end(by="provider", number=0)
    machine.fail_where_it_hurts(outbox=True)
    machine.call(number=0, step="get")
    machine.teardown()


@pytest.mark.row("F-16", "F-10")
def test_an_end_at_the_provider_while_tokens_were_in_memory_is_told_at_the_next_call() -> None:
    """The machine drew this."""
    machine = RefreshMachine()
    machine.begin(seconds_left=EXPIRED, provider="strict")
    machine.call(number=1, step="refresh")
    machine.advance(number=0)
    machine.fail_where_it_hurts(outbox=False)
    machine.call(number=0, step="take")
    machine.end(by="provider", number=0)
    machine.teardown()


@pytest.mark.row("F-19")
def test_nothing_that_may_happen_in_any_order_loses_a_mailbox(pytestconfig: pytest.Config) -> None:
    fuzz = int(pytestconfig.getoption("fuzz"))
    examples = max(fuzz, 100) if fuzz else 40
    run_state_machine_as_test(RefreshMachine, settings=settings(max_examples=examples, stateful_step_count=60))
