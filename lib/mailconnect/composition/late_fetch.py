"""The fetching code, imported for the first document of a client: most processes never need it."""

import asyncio
from collections.abc import Awaitable, Callable

from mailconnect.client_documents.fetched import Fetched
from mailconnect.oauth.clients.id_url import DocumentUrl


class LateFetch:
    """One for each process: it keeps the TLS context, and limits how many names are looked up at once."""

    def __init__(self) -> None:
        self._fetch: Callable[[DocumentUrl], Awaitable[Fetched]] | None = None

    async def __call__(self, url: DocumentUrl) -> Fetched:
        """Raises NotFetched."""
        if self._fetch is None:
            self._fetch = await asyncio.to_thread(_fetch)  # what it imports takes 10 ms
        return await self._fetch(url)


def _fetch() -> Callable[[DocumentUrl], Awaitable[Fetched]]:
    from mailconnect.client_documents.fetch import Fetch  # noqa: PLC0415
    from mailconnect.client_documents.network import Resolver, TlsConnector  # noqa: PLC0415

    return Fetch(Resolver(), TlsConnector())
