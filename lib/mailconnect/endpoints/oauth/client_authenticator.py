"""Authenticates the client that calls `/token` or `/revoke` (RFC 6749 §2.3, RFC 7523 §2.2)."""

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass

from starlette.requests import Request

from mailconnect.clock import Clock
from mailconnect.endpoints.limits.limits import Limits
from mailconnect.endpoints.oauth.signatures import Signatures
from mailconnect.endpoints.oauth.signing_keys import SigningKeys
from mailconnect.oauth.clients.authentication import Presented, presented_client, verify_client
from mailconnect.oauth.clients.client import AuthMethod, Client
from mailconnect.oauth.errors import InvalidClient
from mailconnect.store.clients import Clients
from mailconnect.store.errors import AlreadyExists, StoreUnavailable
from mailconnect.store.ledger import Entry, Ledger


@dataclass(frozen=True, slots=True)
class ClientAuthenticator:
    clients: Clients
    ledger: Ledger
    signing_keys: SigningKeys
    signatures: Signatures
    issuer: str
    limits: Limits
    clock: Clock

    async def __call__(self, request: Request, form: Mapping[str, str]) -> Client:
        """Raises OAuthError.

        A failure is counted, and from the limit on the response is 429. A client with the right secret is not refused
        for the failures of its neighbours. A client that signs is: from the limit on, no signature from its address is
        verified. If its keys must be fetched first, it shares the limit on fetches with its neighbours too.
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
        now = self.clock()
        audiences = (self.issuer, f"{self.issuer}/token")
        async with self.limits.trying(self.limits.failures.each, request):
            assertion = await self.signatures.read(presented.secret or "", client.id, audiences, now)
            await self.signing_keys.verify(client, request, lambda keys: self.signatures.verify(assertion, keys))
        await self.limits.count_assertion(client.id)
        used = Entry(key=assertion.ledger_key, value=b"", expires_at=assertion.remembered_until)
        try:
            # Once the signature is good: nobody else can use up a client's assertions.
            await self.ledger.put(used, now)
        except AlreadyExists:
            raise InvalidClient("the client assertion has been used") from None
