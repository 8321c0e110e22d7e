"""Rendering beside the event loop: one thread for a process, and a bound on the messages that are held for it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import TypeVar

_T = TypeVar("_T")
_AT_ONCE = 24
"""Readings whose messages are in memory: of each the response, at most 5 MB, and its texts."""


class Rendering:
    """One for each process. Its thread starts with the first message that needs it.

    Several threads would not be faster, since Python's lock lets one of them work. But each of them would keep the
    event loop waiting for that lock: with six threads a call that reads no mail waited several times as long.
    """

    def __init__(self, at_once: int = _AT_ONCE) -> None:
        self._places = asyncio.Semaphore(at_once)
        self._thread: ThreadPoolExecutor | None = None

    @asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """Waits until fewer than so many readings are under way. Hold it while messages are fetched and rendered."""
        async with self._places:
            yield

    async def run(self, work: Callable[[], _T]) -> _T:
        """In its turn. Work whose caller was cancelled before its turn is left out."""
        if self._thread is None:
            self._thread = ThreadPoolExecutor(1, "rendering")
        return await asyncio.wrap_future(self._thread.submit(work))
