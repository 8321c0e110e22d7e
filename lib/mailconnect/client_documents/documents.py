"""Fetched documents of one kind, kept as long as their hosts allow: one fetch for all who ask at once."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from mailconnect.client_documents.fetched import Fetched
from mailconnect.client_documents.freshness import lifetime
from mailconnect.clock import Clock
from mailconnect.oauth.clients.id_url import DocumentUrl

RENEWED_AFTER = 60
"""Seconds after which what did not do is fetched anew, though it may count as fresh."""

_MAX_KEPT = 200

_Document = TypeVar("_Document")


@dataclass(frozen=True, slots=True)
class _Kept(Generic[_Document]):
    """`tried` is when it was last fetched, or could not be."""

    document: _Document
    tried: int
    until: int


class Documents(Generic[_Document]):
    """`read` makes of a response's body what is kept; neither its errors nor the fetch's are (draft §4.4).

    `at_least` is for how many seconds it is kept, whatever its host says.
    """

    def __init__(
        self,
        fetch: Callable[[DocumentUrl], Awaitable[Fetched]],
        read: Callable[[DocumentUrl, bytes], _Document],
        clock: Clock,
        *,
        at_least: int = 0,
    ) -> None:
        self._fetch = fetch
        self._read = read
        self._clock = clock
        self._at_least = at_least
        self._kept: OrderedDict[str, _Kept[_Document]] = OrderedDict()
        self._under_way: dict[str, asyncio.Task[_Document]] = {}

    def costs_a_fetch(self, url: DocumentUrl, *, anew: bool = False) -> bool:
        """Whether `get` would go out for it."""
        return self._usable(url, anew=anew) is None and url.url not in self._under_way

    async def get(self, url: DocumentUrl, *, anew: bool = False) -> _Document:
        """`anew`: the kept document did not do. It stays until there is another; it is fetched once a minute at most.

        Raises what the fetch and `read` raise.
        """
        kept = self._usable(url, anew=anew)
        if kept is not None:
            return kept.document
        if url.url not in self._under_way:
            # A task of its own: the first caller may go away, and others wait for the same document.
            task = asyncio.create_task(self._fetched(url))
            self._under_way[url.url] = task
            task.add_done_callback(lambda done: self._ended(url, done))
        return await asyncio.shield(self._under_way[url.url])

    async def _fetched(self, url: DocumentUrl) -> _Document:
        try:
            fetched = await self._fetch(url)
            document = self._read(url, fetched.body)
        except Exception:
            if url.url in self._kept:
                self._kept[url.url] = replace(self._kept[url.url], tried=self._clock())
            raise
        now = self._clock()
        self._kept[url.url] = _Kept(document, now, now + max(lifetime(fetched.headers), self._at_least))
        self._kept.move_to_end(url.url)
        if len(self._kept) > _MAX_KEPT:
            self._kept.popitem(last=False)
        return document

    def _ended(self, url: DocumentUrl, task: asyncio.Task[_Document]) -> None:
        del self._under_way[url.url]
        if not task.cancelled():
            task.exception()  # which is nobody's any more where all who asked have gone

    def _usable(self, url: DocumentUrl, *, anew: bool) -> _Kept[_Document] | None:
        kept, now = self._kept.get(url.url), self._clock()
        if kept is None or now >= kept.until or (anew and now - kept.tried > RENEWED_AFTER):
            return None
        return kept
