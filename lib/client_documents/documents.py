"""Fetched documents of one kind, kept as long as their hosts allow: one fetch for all who ask at once."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from lib.client_documents.fetched import Fetched
from lib.client_documents.freshness import lifetime
from lib.clock import Clock
from lib.oauth.client_id_url import DocumentUrl

_MOST_KEPT = 200

_Document = TypeVar("_Document")


@dataclass(frozen=True, slots=True)
class _Kept(Generic[_Document]):
    document: _Document
    since: int
    until: int


class Documents(Generic[_Document]):
    """`read` makes of an answer's body what is kept; neither its errors nor the fetch's are (draft §4.4)."""

    def __init__(
        self,
        fetch: Callable[[DocumentUrl], Awaitable[Fetched]],
        read: Callable[[DocumentUrl, bytes], _Document],
        clock: Clock,
    ) -> None:
        self._fetch = fetch
        self._read = read
        self._clock = clock
        self._kept: OrderedDict[str, _Kept[_Document]] = OrderedDict()
        self._under_way: dict[str, asyncio.Task[_Document]] = {}

    def costs_a_fetch(self, url: DocumentUrl) -> bool:
        """Whether `get` would go out for it."""
        return self._fresh(url) is None and url.url not in self._under_way

    async def get(self, url: DocumentUrl) -> _Document:
        """Raises what the fetch and `read` raise."""
        kept = self._fresh(url)
        if kept is not None:
            return kept.document
        if url.url not in self._under_way:
            # A task of its own: whoever asked first may go away, and others wait for the same answer.
            task = asyncio.create_task(self._fetched(url))
            self._under_way[url.url] = task
            task.add_done_callback(lambda done: self._ended(url, done))
        return await asyncio.shield(self._under_way[url.url])

    def forget(self, url: DocumentUrl, *, older_than: int) -> bool:
        """Whether there was a document of more than that many seconds; then the next `get` fetches it anew."""
        kept = self._kept.get(url.url)
        if kept is None or self._clock() - kept.since <= older_than:
            return False
        del self._kept[url.url]
        return True

    async def _fetched(self, url: DocumentUrl) -> _Document:
        fetched = await self._fetch(url)
        document = self._read(url, fetched.body)
        now = self._clock()
        self._kept[url.url] = _Kept(document, now, now + lifetime(fetched.headers))
        self._kept.move_to_end(url.url)
        if len(self._kept) > _MOST_KEPT:
            self._kept.popitem(last=False)
        return document

    def _ended(self, url: DocumentUrl, task: asyncio.Task[_Document]) -> None:
        del self._under_way[url.url]
        if not task.cancelled():
            task.exception()  # which is nobody's any more where all who asked have gone

    def _fresh(self, url: DocumentUrl) -> _Kept[_Document] | None:
        kept = self._kept.get(url.url)
        return kept if kept is not None and self._clock() < kept.until else None
