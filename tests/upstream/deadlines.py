"""What asyncio does not tell: by when all that the task under way does must be done."""

import asyncio
from contextvars import ContextVar, Token
from math import inf
from typing import Self

import pytest

_OPEN: ContextVar[tuple[asyncio.Timeout, ...]] = ContextVar("open", default=())


class _Watched(asyncio.Timeout):
    _before: Token[tuple[asyncio.Timeout, ...]]

    async def __aenter__(self) -> Self:
        self._before = _OPEN.set((*_OPEN.get(), self))
        await super().__aenter__()
        return self

    async def __aexit__(self, *raised: object) -> bool | None:
        _OPEN.reset(self._before)
        return await super().__aexit__(*raised)


@pytest.fixture
def watched_deadlines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asyncio, "timeout", lambda seconds: _Watched(asyncio.get_running_loop().time() + seconds))


def effective_deadline() -> float:
    """By the event loop's clock; infinity where there is none, or where `watched_deadlines` is not used."""
    return min((one.when() or -inf for one in _OPEN.get()), default=inf)
