"""The sweep on one machine: in the server's own process, every minute, and at once when a grant has ended."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from math import inf

from mailconnect import log
from mailconnect.provider.storing import Storing
from mailconnect.store.sqlite.database import Database
from mailconnect.sweep.sweep import Sweep

SWEEP_SECONDS = 60

ERASE_SECONDS = 600
"""Seconds between two rewrites of the file: writes wait while it is rewritten."""

SHARE = 100
"""Rewriting takes at most one part in SHARE of the time, however large the file is."""


@dataclass(slots=True)
class Traces:
    """The traces of deleted records in the file; `left` counts the records, `timer` the seconds."""

    database: Database
    left: int
    timer: Callable[[], float] = time.monotonic
    _not_before: float = field(default=-inf, init=False)

    async def erase(self, more: int) -> None:
        self.left += more
        began = self.timer()
        if self.left and began >= self._not_before:
            await self.database.erase_traces()
            ended = self.timer()
            self.left, self._not_before = 0, ended + max(ERASE_SECONDS, SHARE * (ended - began))


@dataclass(frozen=True, slots=True)
class Sweeper:
    sweep: Sweep
    database: Database
    woken: asyncio.Event
    killed: bool
    """Whether an earlier process may have been killed, and have left traces."""
    storing: Storing | None = None
    """The same as in this process's calls: their tokens that could not be stored are stored before each sweep."""

    async def run(self) -> None:
        traces = Traces(self.database, left=int(self.killed))
        while True:
            try:
                await traces.erase(await self._swept())
            except Exception as error:  # noqa: BLE001 - whatever it is, the next round is due in a minute
                log.fault(error)
            try:
                async with asyncio.timeout(SWEEP_SECONDS):
                    await self.woken.wait()
            except TimeoutError:
                continue
            self.woken.clear()

    async def _swept(self) -> int:
        # No call may come any more that would store them: where the grant has ended, they are to be revoked (F-37).
        if self.storing is not None and self.storing.in_hand:
            await self.storing.store_what_is_in_hand()
        return await self.sweep.run()
