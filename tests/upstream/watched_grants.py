"""Grants in memory that can be watched and disturbed: at each request to them something else may happen first."""

from collections.abc import Awaitable, Callable
from enum import Enum, auto

from lib.grants.grant import Grant, State
from lib.grants.refreshed import Refreshed
from lib.grants.update import Update
from lib.store.errors import StoreUnavailable
from lib.store.memory import MemoryGrants, MemoryOutbox
from tests.upstream.strict_provider import nothing


class Fault(Enum):
    UNAVAILABLE = auto()
    """Nothing was done."""
    LOST = auto()
    """It was done, and the answer is lost."""
    DENIED = auto()
    """It was done, but a second try by the store's own client found its condition broken."""


class WatchedGrants(MemoryGrants):
    """`before` is awaited before each request, with its name; `faults` are taken in order, by that name."""

    def __init__(self) -> None:
        super().__init__()
        self.before: Callable[[str], Awaitable[None]] = nothing
        self.faults: dict[str, list[Fault | None]] = {}
        self.done: list[str] = []
        """The updates that were made, by name."""
        self.retired: dict[str, str | None] = {}
        """By grant, why."""

    async def get(self, grant_id: str) -> Grant | None:
        await self.before("get")
        self._fault("get")
        return self.now(grant_id)

    def now(self, grant_id: str) -> Grant | None:
        """A look from outside."""
        grant = self._grants.get(grant_id)
        if grant_id in self.retired:
            assert grant is None or grant.state is State.RETIRED, "I3: what is retired stays retired"
        return grant

    async def update(self, grant_id: str, update: Update) -> bool:
        name = name_of(update)
        await self.before(name)
        fault = self._fault(name)
        if await super().update(grant_id, update):
            self.done.append(name)
            grant = self.now(grant_id)
            if grant is not None and grant.state is State.RETIRED:
                self.retired[grant_id] = grant.retired_reason
        elif fault is None:
            return False
        if fault is Fault.LOST:
            raise StoreUnavailable("the answer is lost")
        return fault is None

    async def delete(self, grant_id: str) -> bool:
        await self.before("delete")
        self._fault("delete")
        return await super().delete(grant_id)

    def _fault(self, name: str) -> Fault | None:
        planned = self.faults.get(name, [])
        fault = planned.pop(0) if planned else None
        if fault is Fault.UNAVAILABLE:
            raise StoreUnavailable("not now")
        return fault


class WatchedOutbox(MemoryOutbox):
    """As WatchedGrants: its requests are "keep", "look" and "erase"."""

    def __init__(self) -> None:
        super().__init__()
        self.before: Callable[[str], Awaitable[None]] = nothing
        self.faults: dict[str, list[Fault | None]] = {}

    async def put(self, grant: Grant, refreshed: Refreshed) -> None:
        fault = await self._fault("keep")
        await super().put(grant, refreshed)
        if fault is not None:
            raise StoreUnavailable("the answer is lost")

    async def get(self, grant_id: str) -> Refreshed | None:
        await self._fault("look")
        return await super().get(grant_id)

    async def remove(self, grant_id: str, props_version: int) -> None:
        await self._fault("erase")
        await super().remove(grant_id, props_version)

    async def _fault(self, name: str) -> Fault | None:
        await self.before(name)
        planned = self.faults.get(name, [])
        fault = planned.pop(0) if planned else None
        if fault is Fault.UNAVAILABLE:
            raise StoreUnavailable("not now")
        return fault


def name_of(update: Update) -> str:
    if "retired_at" in update.set:
        return "retire"
    if "refreshed_by" in update.set:
        return "store"
    if "lease_id" in update.set:
        return "take"
    if "props" in update.set:
        return "hand over"
    return "release" if "lease_id" in update.remove else "note"
