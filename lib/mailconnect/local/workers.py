"""Several server processes on one port: they share its listening socket, and one that dies is started again.

A connection waits in the socket's queue, not in a process: the first free process takes it. So no connection is lost
with a process that has not taken it.
"""

import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from types import FrameType

from mailconnect import log
from mailconnect.local.process_exit import exit_process

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_SHORT_LIFE = 1.0
"""Seconds. A process that dies sooner is not started again at once."""

CANNOT_START = 2


@dataclass(frozen=True, slots=True)
class Worker:
    """`started_again`: an earlier process of this number has died. `supervisor` is a pipe that closes when the
    supervisor ends.
    """

    number: int = 0
    started_again: bool = False
    supervisor: int | None = None


@dataclass(slots=True)
class _Supervisor:
    work: Callable[[Worker], int]
    born: dict[int, tuple[Worker, float]] = field(default_factory=dict)
    stopping: bool = False
    code: int = 0

    def stop(self, *_: int | FrameType | None) -> None:
        self.stopping = True
        for process in [*self.born]:
            os.kill(process, signal.SIGTERM)

    def start(self, worker: Worker, alive: int) -> None:
        # A signal that came between the fork and the child's own handlers would stop the child's siblings.
        signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
        sys.stdout.flush()
        process = os.fork()
        if process == 0:
            for each in _SIGNALS:
                signal.signal(each, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
            os.close(alive)
            self._live(worker)
        self.born[process] = (worker, time.monotonic())
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)

    def _live(self, worker: Worker) -> None:
        code = 1
        try:
            code = self.work(worker)
        except Exception as error:  # noqa: BLE001 - nobody is left to hear of it
            log.fault(error)
        finally:
            exit_process(code)


def supervise(count: int, work: Callable[[Worker], int]) -> int:
    """Runs until SIGINT or SIGTERM, and returns the exit code. `work` runs in each process, and returns its exit code.

    Call it where no thread and no event loop runs: a fork copies neither.
    """
    supervisor = _Supervisor(work)
    for each in _SIGNALS:
        signal.signal(each, supervisor.stop)
    alive_read, alive = os.pipe()
    for number in range(count):
        supervisor.start(Worker(number, supervisor=alive_read), alive)
    while supervisor.born:
        process, status = os.wait()
        worker, since = supervisor.born.pop(process)
        if os.waitstatus_to_exitcode(status) == CANNOT_START:
            supervisor.code = CANNOT_START
            supervisor.stop()
        if supervisor.stopping:
            continue
        log.record("worker_died", number=worker.number)
        if time.monotonic() - since < _SHORT_LIFE:
            time.sleep(_SHORT_LIFE)
        if not supervisor.stopping:
            supervisor.start(Worker(worker.number, started_again=True, supervisor=alive_read), alive)
    return supervisor.code
