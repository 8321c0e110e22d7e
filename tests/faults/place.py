"""Where connections are kept, and the processes that share it: on SQLite, or (tests/aws) on DynamoDB."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import pytest

from mailconnect.grants.grant import Grant
from mailconnect.grants.update import Update
from mailconnect.store.grants import Grants
from tests.bridge import Bridge, running_bridge

PARTS = ("clients", "grants", "ledger", "counters", "events")


class Place(Protocol):
    def stores(self) -> AbstractAsyncContextManager[dict[str, Any]]:
        """The adapters of another process, as `running_bridge` takes them."""

    def unreachable(self, part: str) -> AbstractAsyncContextManager[Any]:
        """An adapter of one of PARTS, as in production, that does not get to its table."""


@dataclass(frozen=True)
class Processes:
    place: Place
    folder: Path

    @asynccontextmanager
    async def another(self, **wrapped: Callable[[Any], Any]) -> AsyncIterator[Bridge]:
        """A process with the same data and keys; `wrapped` are what becomes of its adapters."""
        async with self.place.stores() as stores:
            stores |= {part: wrap(stores[part]) for part, wrap in wrapped.items()}
            async with running_bridge(self.folder, **stores) as bridge:
                yield bridge

    @asynccontextmanager
    async def without(self, part: str) -> AsyncIterator[Bridge]:
        async with self.place.unreachable(part) as adapter, self.another(**{part: lambda _: adapter}) as bridge:
            yield bridge


class OnProcesses:
    """The common part of the contracts. A subclass gives the fixture `processes`."""

    @pytest.fixture
    async def bridge(self, processes: Processes, anyio_backend: str) -> AsyncIterator[Bridge]:
        async with processes.another() as running:
            yield running


@dataclass
class ReadTogether:
    """Grants of which nobody gets to see any before so many have asked: then they all decide on the same."""

    inner: Grants
    asking: int
    _all: asyncio.Event = field(default_factory=asyncio.Event)

    async def get(self, grant_id: str) -> Grant | None:
        grant = await self.inner.get(grant_id)
        self.asking -= 1
        if self.asking <= 0:
            self._all.set()
        await self._all.wait()
        return grant

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


@dataclass
class Stopped:
    """Grants whose first update stops for good where it has been made, or, if it is `early`, before that."""

    inner: Grants
    early: bool
    reached: asyncio.Event = field(default_factory=asyncio.Event)
    goes_on: asyncio.Event = field(default_factory=asyncio.Event)

    async def update(self, grant_id: str, update: Update) -> bool:
        made = not self.early and await self.inner.update(grant_id, update)
        if not self.reached.is_set():
            self.reached.set()
            await self.goes_on.wait()
        return made if not self.early else await self.inner.update(grant_id, update)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)
