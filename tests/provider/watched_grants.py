"""A store of grants and an outbox that can be watched and disturbed: at each request something may happen first."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import Enum, auto

from mailconnect.grants.grant import Grant, GrantState
from mailconnect.grants.provider_refresh.refreshed import Refreshed
from mailconnect.grants.update import Update
from mailconnect.store.errors import StoreUnavailable
from mailconnect.store.grants import Grants
from mailconnect.store.memory import MemoryGrants, MemoryOutbox
from mailconnect.store.outbox import Outbox
from tests.provider.stores import at_once
from tests.provider.strict_provider import nothing


class Fault(Enum):
    UNAVAILABLE = auto()
    """Nothing was done."""
    LOST = auto()
    """It was done, and the answer is lost."""
    DENIED = auto()
    """It was done, but a second try by the store's own client found its condition broken."""


@dataclass
class Watched:
    """`before` is awaited before each request, with its name; `faults` are taken in order, by that name."""

    before: Callable[[str], Awaitable[None]] = nothing
    faults: dict[str, list[Fault | None]] = field(default_factory=dict)

    async def _asked(self, name: str) -> Fault | None:
        """The fault that shows only afterwards."""
        await self.before(name)
        planned = self.faults.get(name, [])
        fault = planned.pop(0) if planned else None
        if fault is Fault.UNAVAILABLE:
            raise StoreUnavailable("not now")
        return fault


@dataclass
class WatchedGrants(Watched):
    inner: Grants = field(default_factory=MemoryGrants)
    done: list[str] = field(default_factory=list)
    """The updates that were made, by name."""
    retired: dict[str, str | None] = field(default_factory=dict)
    """By grant, why."""

    @property
    def _grants(self) -> dict[str, Grant]:
        """The records of a store in memory."""
        assert isinstance(self.inner, MemoryGrants)
        return self.inner._grants

    async def get(self, grant_id: str) -> Grant | None:
        await self._asked("get")
        return self.now(grant_id)

    def now(self, grant_id: str) -> Grant | None:
        """A look from outside."""
        grant = at_once(self.inner.get(grant_id))
        if grant_id in self.retired:
            assert grant is None or grant.state is GrantState.RETIRED, "I3: what is retired stays retired"
        return grant

    async def put(self, grant: Grant) -> None:
        await self.inner.put(grant)

    async def update(self, grant_id: str, update: Update) -> bool:
        name = name_of(update)
        fault = await self._asked(name)
        if await self.inner.update(grant_id, update):
            self.done.append(name)
            grant = self.now(grant_id)
            if grant is not None and grant.state is GrantState.RETIRED:
                self.retired[grant_id] = grant.retired_reason
        elif fault is None:
            return False
        if fault is Fault.LOST:
            raise StoreUnavailable("the answer is lost")
        return fault is None

    async def delete(self, grant_id: str) -> bool:
        await self._asked("delete")
        return await self.inner.delete(grant_id)

    async def due(self, now: int, limit: int, past: int = 0) -> list[str]:
        return await self.inner.due(now, limit, past)

    async def owned_by(self, owner: str) -> list[str]:
        return await self.inner.owned_by(owner)


@dataclass
class WatchedOutbox(Watched):
    """Its requests are "keep", "look" and "erase"."""

    inner: Outbox = field(default_factory=MemoryOutbox)

    def now(self, grant_id: str) -> Refreshed | None:
        return at_once(self.inner.get(grant_id))

    async def put(self, grant: Grant, refreshed: Refreshed) -> None:
        fault = await self._asked("keep")
        await self.inner.put(grant, refreshed)
        if fault is not None:
            raise StoreUnavailable("the answer is lost")

    async def get(self, grant_id: str) -> Refreshed | None:
        await self._asked("look")
        return await self.inner.get(grant_id)

    async def remove(self, grant_id: str, props_version: int) -> None:
        await self._asked("erase")
        await self.inner.remove(grant_id, props_version)


def name_of(update: Update) -> str:
    if "retired_at" in update.set:
        return "retire"
    if "refreshed_by" in update.set:
        return "store"
    if "lease_id" in update.set:
        return "take"
    if "props" in update.set:
        return "hand over"
    if "refresh_hash" in update.set:
        return "rotate"
    return "release" if "lease_id" in update.remove else "note"
