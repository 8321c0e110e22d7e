"""Fetching clients' documents."""

from mailconnect.client_documents.documents import Documents
from mailconnect.composition.stores import Stores
from mailconnect.oauth.clients.client import Client
from mailconnect.oauth.clients.id_url import DocumentUrl
from mailconnect.oauth.clients.metadata_document import client_of_document


def client_documents(a: Stores, *, at_least: int = 0) -> Documents[Client]:
    """The metadata documents of clients; `at_least` as for Documents."""

    def read(url: DocumentUrl, body: bytes) -> Client:
        return client_of_document(url.url, body, a.own_host, a.clock())

    return Documents(a.fetch_document, read, a.clock, at_least=at_least)
