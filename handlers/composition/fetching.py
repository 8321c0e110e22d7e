"""Fetching of clients' documents, imported when there is one to fetch: most processes never do."""

from lib.client_documents.fetched import Fetched
from lib.oauth.client_id_url import DocumentUrl


class LateFetch:
    def __init__(self) -> None:
        self._connect: object = None

    async def __call__(self, url: DocumentUrl) -> Fetched:
        """Raises NotFetched."""
        from lib.client_documents.fetch import Fetch  # noqa: PLC0415
        from lib.client_documents.network import TlsConnector, resolve  # noqa: PLC0415

        if not isinstance(self._connect, TlsConnector):
            self._connect = TlsConnector()  # one, for its TLS context
        return await Fetch(resolve, self._connect)(url)
