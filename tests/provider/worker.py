"""One request at work in one of several processes, and what may go wrong with each of its steps."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

from mailconnect.mail.errors import Throttled, Unreachable, UpstreamFault
from mailconnect.provider.refresh import ProviderRefresh
from tests.provider.watched_grants import Fault

OF_THE_PROVIDER = ("refresh", "call", "revoke")
OF_THE_OUTBOX = ("keep", "look", "erase")
_PASSING = (UpstreamFault("503"), Throttled("429", retry_after=20), Unreachable())


def faults_of(step: str) -> tuple[Any, ...]:
    """Faults that cost nothing."""
    if step in OF_THE_PROVIDER:
        return _PASSING
    if step in OF_THE_OUTBOX:
        return (Fault.UNAVAILABLE, Fault.LOST) if step == "keep" else (Fault.UNAVAILABLE,)
    return (Fault.UNAVAILABLE,) if step in {"get", "delete"} else (Fault.UNAVAILABLE, Fault.LOST, Fault.DENIED)


@dataclass(eq=False, repr=False)
class Process:
    seconds_left: float = 900.0
    refresh: ProviderRefresh = field(init=False)

    def remembers(self) -> set[str]:
        """The grants whose tokens it could store nowhere."""
        return set(self.refresh.storing.in_hand)


@dataclass(eq=False, repr=False)
class Worker:
    """One request, in its process. `at` is the step that it waits to make; empty at its end."""

    process: Process
    after_the_end: bool
    calls: bool = False
    begun: float | None = None
    """When it had found the grant; from then on its time is counted."""
    task: asyncio.Task[Any] = field(init=False)
    gate: asyncio.Future[None] = field(init=False)
    at: str = ""
    clock: int = 0
    """When it arrived there."""
    arrived: int = 0
    """When it had arrived at the step that it has just made: it may have looked at the clock no later than that."""
    unaware: bool = False
    """The newest token was in another process's memory alone when this one took the lease: it cannot know of it. That
    process stores it as soon as it can, also without the lease: this one may be overtaken then.
    """
    slept: float = 0
    steps: int = 0
    disturbed: set[str] = field(default_factory=set)

    @property
    def works(self) -> bool:
        return not self.task.done()
