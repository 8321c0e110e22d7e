"""Finds the keys that a client signs with: stored with it, at its `jwks_uri`, or in the document that it publishes.

Nothing is fetched for a client that is not stored, or while the operator has switched fetching off.
"""

import contextlib
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from starlette.requests import Request

from mailconnect import log, pseudonyms
from mailconnect.client_documents.documents import Documents
from mailconnect.client_documents.fetched import NotFetched
from mailconnect.clock import Clock
from mailconnect.endpoints.limits.limits import Limits
from mailconnect.oauth.clients.client import Client
from mailconnect.oauth.clients.id_url import DocumentUrl, InvalidDocumentUrl, document_url
from mailconnect.oauth.clients.metadata_document import InvalidDocument
from mailconnect.oauth.errors import (
    InvalidClient,
    InvalidClientMetadata,
    KeyUnknown,
    SwitchedOff,
    TemporarilyUnavailable,
)
from mailconnect.store.clients import Clients
from mailconnect.store.errors import StoreUnavailable
from mailconnect.store.switchboard import Switchboard
from mailconnect.store.switches import Switch

_RETRY_AFTER = 5

KeySet = dict[str, Any]
_Document = TypeVar("_Document")


@dataclass(frozen=True, slots=True)
class SigningKeys:
    clients: Clients
    key_sets: Documents[KeySet]
    documents: Documents[Client]
    own_host: str
    limits: Limits
    switches: Switchboard
    clock: Clock

    async def verify(self, client: Client, request: Request, signed: Callable[[KeySet], Awaitable[None]]) -> None:
        """`signed` raises KeyUnknown unless the signature is by one of these keys. This raises it too, and other
        OAuthErrors.
        """
        try:
            if client.jwks is None:
                await self._newest(self.key_sets, _address(client.jwks_uri, self.own_host), request, signed)
            else:
                await self._verify_kept(client, client.jwks, request, signed)
        except NotFetched as failed:
            log.record("client_keys_not_fetched", client=pseudonyms.client_name(client.id), reason=failed.reason)
            raise TemporarilyUnavailable("the client's keys could not be fetched", _RETRY_AFTER) from None
        except InvalidClientMetadata as invalid:
            raise InvalidClient(invalid.description) from None
        except InvalidDocument as invalid:
            raise InvalidClient(str(invalid)) from None

    async def _verify_kept(
        self, client: Client, jwks: str, request: Request, signed: Callable[[KeySet], Awaitable[None]]
    ) -> None:
        try:
            await signed(json.loads(jwks))
        except KeyUnknown:
            if client.verified_host is None:
                raise

            async def signed_since(document: Client) -> None:
                # An older reading than what is kept, fresh as it may be, would bring lost keys back.
                if document.jwks is None or document.created_at < client.created_at:
                    raise KeyUnknown("the client's document has no keys but those that are kept")
                await signed(json.loads(document.jwks))

            address = _address(client.id, self.own_host)
            await self._remember(client, await self._newest(self.documents, address, request, signed_since))

    async def _newest(
        self,
        documents: Documents[_Document],
        url: DocumentUrl,
        request: Request,
        signed: Callable[[_Document], Awaitable[None]],
    ) -> _Document:
        """The cached document, or a newer one where the cached one has not the key."""
        known = await self._read(documents, url, request)
        try:
            await signed(known)
        except KeyUnknown:
            newer = await self._read(documents, url, request, anew=True)
            if newer is known:
                raise
            await signed(newer)
            return newer
        return known

    async def _read(
        self, documents: Documents[_Document], url: DocumentUrl, request: Request, *, anew: bool = False
    ) -> _Document:
        if documents.costs_a_fetch(url, anew=anew):
            if await self.switches.is_on(Switch.NO_METADATA_DOCUMENTS):
                raise SwitchedOff("the operator has switched the fetching of keys off for now")
            await self.limits.check(self.limits.fetches, request)
        return await documents.get(url, anew=anew)

    async def _remember(self, client: Client, published: Client) -> None:
        """From the first signature with a new key on, the older keys count no more."""
        with contextlib.suppress(StoreUnavailable):
            # Unless somebody has consented meanwhile: that says more.
            if await self.clients.get(client.id, self.clock()) == client:
                await self.clients.remember(replace(published, expires_at=client.expires_at))


def _address(url: str | None, own_host: str) -> DocumentUrl:
    try:
        return document_url(url or "", own_host)
    except InvalidDocumentUrl:
        raise InvalidClient("the client has no keys here") from None
