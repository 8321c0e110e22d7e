"""The deadline of the current task, which asyncio does not tell."""

from asyncio import Timeout
from contextvars import ContextVar
from math import inf
from types import TracebackType

import pytest

_OPEN: ContextVar[tuple[Timeout, ...]] = ContextVar("open", default=())


@pytest.fixture
def watched_deadlines(monkeypatch: pytest.MonkeyPatch) -> None:
    enter, leave = Timeout.__aenter__, Timeout.__aexit__

    async def watched(self: Timeout) -> Timeout:
        entered = await enter(self)
        _OPEN.set((*_OPEN.get(), entered))
        return entered

    async def left(
        self: Timeout, kind: type[BaseException] | None, raised: BaseException | None, traceback: TracebackType | None
    ) -> bool | None:
        _OPEN.set(_OPEN.get()[:-1])
        return await leave(self, kind, raised, traceback)

    monkeypatch.setattr(Timeout, "__aenter__", watched)
    monkeypatch.setattr(Timeout, "__aexit__", left)


def effective_deadline() -> float:
    """By the event loop's clock; infinity where there is none, or where `watched_deadlines` is not used."""
    return min((when for timeout in _OPEN.get() if (when := timeout.when()) is not None), default=inf)
