"""Fetching clients' documents. The fetching code is imported for the first document: most processes never need it."""

import asyncio
from collections.abc import Awaitable, Callable

from mailconnect.client_documents.documents import Documents
from mailconnect.client_documents.fetched import Fetched
from mailconnect.composition.stores import Stores
from mailconnect.oauth.clients.client import Client
from mailconnect.oauth.clients.id_url import DocumentUrl
from mailconnect.oauth.clients.metadata_document import client_of_document


def client_documents(a: Stores, *, at_least: int = 0) -> Documents[Client]:
    """The metadata documents of clients; `at_least` as for Documents."""

    def read(url: DocumentUrl, body: bytes) -> Client:
        return client_of_document(url.url, body, a.own_host, a.clock())

    return Documents(a.fetch_document, read, a.clock, at_least=at_least)


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
