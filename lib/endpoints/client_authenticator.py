"""Which client calls `/token` or `/revoke`, and has it proven so (RFC 6749 §2.3, RFC 7523 §2.2)."""

import contextlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request

from lib import audit
from lib.client_documents.documents import Documents
from lib.client_documents.fetched import NotFetched
from lib.clock import Clock
from lib.endpoints.limits import Limits
from lib.oauth.client import AuthMethod, Client
from lib.oauth.client_authentication import Presented, presented_client, verify_client
from lib.oauth.client_id_url import DocumentUrl, InvalidDocumentUrl, document_url
from lib.oauth.errors import InvalidClient, InvalidClientMetadata, TemporarilyUnavailable
from lib.store.clients import Clients
from lib.store.errors import AlreadyExists, StoreUnavailable
from lib.store.ledger import Entry, Ledger

_REFETCH_AFTER = 60
"""Seconds after which keys that did not do are read anew, though they may count as fresh."""

_RETRY_AFTER = 5

KeySets = Documents[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class ClientAuthenticator:
    """`key_sets` is None where no addresses of keys are taken."""

    clients: Clients
    ledger: Ledger
    key_sets: KeySets | None
    issuer: str
    own_host: str
    limits: Limits
    clock: Clock

    async def __call__(self, request: Request, form: Mapping[str, str]) -> Client:
        """Raises OAuthError.

        Failures are counted, to bound what they cost; a client that proves itself is not refused for a neighbour's.
        """
        try:
            return await self._proven(request, form)
        except InvalidClient:
            with contextlib.suppress(StoreUnavailable):
                await self.limits.check(self.limits.failures, request)
            raise

    async def _proven(self, request: Request, form: Mapping[str, str]) -> Client:
        presented = presented_client(request.headers.getlist("authorization"), form)
        client = verify_client(await self.clients.get(presented.client_id, self.clock()), presented)
        if presented.method is AuthMethod.PRIVATE_KEY_JWT:
            await self._verify_assertion(client, presented, request)
        return client

    async def _verify_assertion(self, client: Client, presented: Presented, request: Request) -> None:
        from lib.oauth.client_assertion import (  # noqa: PLC0415 - joserfc is for those who present one
            CLOCK_SKEW,
            KeyUnknown,
            read_assertion,
            verify_signature,
        )

        now = self.clock()
        audiences = (self.issuer, f"{self.issuer}/token")
        assertion = read_assertion(presented.secret or "", client.id, audiences, now)
        try:
            verify_signature(assertion, await self._keys(client, request))
        except KeyUnknown:
            if not self._forget_keys(client):
                raise
            verify_signature(assertion, await self._keys(client, request))
        used = Entry(key=assertion.ledger_key, value=b"", expires_at=assertion.expires_at + CLOCK_SKEW)
        try:
            # Once the signature is good: nobody else can use up a client's assertions.
            await self.ledger.put(used, now)
        except AlreadyExists:
            raise InvalidClient("the client assertion has been used") from None

    async def _keys(self, client: Client, request: Request) -> dict[str, Any]:
        if client.jwks is not None:
            keys: dict[str, Any] = json.loads(client.jwks)
            return keys
        url = self._address(client)
        if self.key_sets is None or url is None:
            raise InvalidClient("the client has no keys here")
        if self.key_sets.costs_a_fetch(url):
            await self.limits.check(self.limits.fetches, request)
        try:
            return await self.key_sets.get(url)
        except NotFetched as failed:
            audit.record("client_keys_not_fetched", client=audit.client_name(client.id), reason=failed.reason)
            raise TemporarilyUnavailable("the client's keys could not be fetched", _RETRY_AFTER) from None
        except InvalidClientMetadata as invalid:
            raise InvalidClient(invalid.description) from None

    def _forget_keys(self, client: Client) -> bool:
        """Whether there were any to forget."""
        url = self._address(client)
        return self.key_sets is not None and url is not None and self.key_sets.forget(url, older_than=_REFETCH_AFTER)

    def _address(self, client: Client) -> DocumentUrl | None:
        try:
            return document_url(client.jwks_uri, self.own_host) if client.jwks_uri is not None else None
        except InvalidDocumentUrl:
            return None
