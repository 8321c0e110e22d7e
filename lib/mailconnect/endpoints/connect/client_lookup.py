"""Finds the client of an authorization request: a registered one, or one that its metadata document describes (CIMD
draft §4).

A document that the owner has consented to is stored like a registration. So `/token` and `/revoke` know the client
without fetching anything: otherwise anybody could make them send requests (CI-19).
"""

from dataclasses import dataclass, replace

from starlette.requests import Request

from mailconnect import log
from mailconnect.client_documents.documents import Documents
from mailconnect.client_documents.fetched import NotFetched
from mailconnect.clock import Clock
from mailconnect.endpoints.limits.limits import Limits
from mailconnect.languages.words import marked
from mailconnect.oauth.clients.client import Client, names_document
from mailconnect.oauth.clients.id_url import DocumentUrl, InvalidDocumentUrl, document_url
from mailconnect.oauth.clients.metadata_document import LIFETIME, InvalidDocument
from mailconnect.oauth.errors import AuthorizationError
from mailconnect.store.clients import Clients
from mailconnect.store.switchboard import Switchboard
from mailconnect.store.switches import Switch

_MAX_ID = 512
_NOT_READ = marked(
    "The document at %(host)s in which the assistant describes itself could not be read. Try again in a minute."
)
_NOT_IN_ORDER = marked(
    "The document at %(host)s in which the assistant describes itself is not in order. Its maker has to mend it."
)


@dataclass(frozen=True, slots=True)
class ClientLookup:
    """`documents` is None where metadata documents are switched off by a setting."""

    clients: Clients
    documents: Documents[Client] | None
    own_host: str
    limits: Limits
    switches: Switchboard
    clock: Clock

    async def find(self, client_id: str, request: Request) -> Client | None:
        """None for a client that is not registered. Raises AuthorizationError for a document that cannot be used,
        TemporarilyUnavailable where too many documents are requested.
        """
        if self.documents is not None and names_document(client_id):
            return await self._published(self.documents, client_id, request)
        known = not names_document(client_id) and 0 < len(client_id) <= _MAX_ID
        return await self.clients.get(client_id, self.clock()) if known else None

    async def remember(self, client: Client) -> None:
        """Stores the document that the owner has just consented to, at least until the assistant has its tokens."""
        if client.verified_host is None:
            return
        # From now on: the document may have been read long ago.
        now = self.clock()
        client = replace(client, expires_at=now + LIFETIME)
        known = await self.clients.get(client.id, now)
        if known is None or known.digest() != client.digest() or known.expires_at < client.expires_at:
            await self.clients.remember(client)

    async def _published(self, documents: Documents[Client], client_id: str, request: Request) -> Client:
        try:
            url = document_url(client_id, self.own_host)
        except InvalidDocumentUrl as invalid:
            raise _refused(
                str(invalid), marked("The assistant's address is not one where it can describe itself.")
            ) from None
        if await self.switches.is_on(Switch.NO_METADATA_DOCUMENTS):
            raise _refused(
                "switched_off", marked("Assistants are not looked up at their addresses for now. Try again later.")
            )
        if documents.costs_a_fetch(url):
            await self.limits.check(self.limits.fetches, request)
        try:
            return await documents.get(url)
        except NotFetched as failed:
            raise _refused(failed.reason, _sentence(url, _NOT_READ)) from None
        except InvalidDocument as invalid:
            raise _refused(str(invalid), _sentence(url, _NOT_IN_ORDER)) from None


def _refused(reason: str, sentence: str) -> AuthorizationError:
    log.record("client_document_refused", reason=reason.replace(" ", "_"))
    return AuthorizationError(sentence)


def _sentence(url: DocumentUrl, pattern: str) -> str:
    return marked(pattern, host=url.host)
