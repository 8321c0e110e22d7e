"""`sweep` on one machine: in the server's own process, by schedule, and at once when something was ended."""

import asyncio
import time
from dataclasses import dataclass

from lib import audit
from lib.privacy import Sweep
from lib.store.sqlite.database import Database

SWEEP_SECONDS = 60

ERASE_SECONDS = 600
"""The file is rewritten at most this often: it takes time, in which writes wait."""


@dataclass(frozen=True, slots=True)
class Sweeper:
    sweep: Sweep
    database: Database
    woken: asyncio.Event
    killed: bool
    """Whether a process before this one may have been killed, and have left traces."""

    async def run(self) -> None:
        erased, rewritten = int(self.killed), -float(ERASE_SECONDS)
        while True:
            try:
                erased += await self.sweep.run()
                if erased and time.monotonic() - rewritten >= ERASE_SECONDS:
                    await self.database.erase_traces()
                    erased, rewritten = 0, time.monotonic()
            except Exception as error:  # noqa: BLE001 - whatever it is, the next round is due in a minute
                audit.fault(error)
            try:
                async with asyncio.timeout(SWEEP_SECONDS):
                    await self.woken.wait()
            except TimeoutError:
                continue
            self.woken.clear()
