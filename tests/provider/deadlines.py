"""What asyncio does not tell: by when all that the task under way does must be done."""

import asyncio
from contextvars import ContextVar
from math import inf
from types import TracebackType

import pytest

from mailconnect.deadline import Deadline

_OPEN: ContextVar[tuple[float, ...]] = ContextVar("open", default=())


@pytest.fixture
def watched_deadlines(monkeypatch: pytest.MonkeyPatch) -> None:
    enter, leave = Deadline.__enter__, Deadline.__exit__

    def watched(self: Deadline) -> None:
        _OPEN.set((*_OPEN.get(), asyncio.get_running_loop().time() + self._seconds))
        enter(self)

    def left(
        self: Deadline, kind: type[BaseException] | None, raised: BaseException | None, traceback: TracebackType | None
    ) -> None:
        _OPEN.set(_OPEN.get()[:-1])
        leave(self, kind, raised, traceback)

    monkeypatch.setattr(Deadline, "__enter__", watched)
    monkeypatch.setattr(Deadline, "__exit__", left)


def effective_deadline() -> float:
    """By the event loop's clock; infinity where there is none, or where `watched_deadlines` is not used."""
    return min(_OPEN.get(), default=inf)
