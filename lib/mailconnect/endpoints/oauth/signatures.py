"""Verifies clients' signatures in a thread of its own, so that unauthenticated requests do not load the event loop."""

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar

from mailconnect.oauth.errors import TemporarilyUnavailable

if TYPE_CHECKING:
    from mailconnect.oauth.clients.assertion import Assertion

_MAX_WAITING = 100
"""A verification takes half a millisecond at most: the last one waits for a twentieth of a second."""

_T = TypeVar("_T")


class Signatures:
    """The thread is started for the first assertion. joserfc is imported there too: that takes 150 ms."""

    def __init__(self) -> None:
        self._thread: ThreadPoolExecutor | None = None
        self._under_way: set[Future[Any]] = set()

    async def read(self, text: str, client_id: str, audiences: tuple[str, ...], now: int) -> "Assertion":
        """As `read_assertion`. Raises InvalidClient, TemporarilyUnavailable."""
        return await self._done(lambda: _read(text, client_id, audiences, now))

    async def verify(self, assertion: "Assertion", key_set: Mapping[str, Any]) -> None:
        """As `verify_signature`. Raises KeyUnknown, InvalidClient, TemporarilyUnavailable."""
        await self._done(lambda: _verify(assertion, key_set))

    async def _done(self, work: Callable[[], _T]) -> _T:
        self._under_way = {one for one in self._under_way if not one.done()}
        if len(self._under_way) >= _MAX_WAITING:
            raise TemporarilyUnavailable("too many signatures are being verified at this moment", 1)
        if self._thread is None:
            self._thread = ThreadPoolExecutor(1, "signatures")
        outcome = self._thread.submit(work)
        self._under_way.add(outcome)
        return await asyncio.wrap_future(outcome)


def _read(text: str, client_id: str, audiences: tuple[str, ...], now: int) -> "Assertion":
    from mailconnect.oauth.clients.assertion import read_assertion  # noqa: PLC0415 - joserfc is for those who sign

    return read_assertion(text, client_id, audiences, now)


def _verify(assertion: "Assertion", key_set: Mapping[str, Any]) -> None:
    from mailconnect.oauth.clients.assertion import verify_signature  # noqa: PLC0415 - as above

    verify_signature(assertion, key_set)
