"""Which client calls `/token` or `/revoke`, and has it proven so (RFC 6749 §2.3, RFC 7523 §2.2)."""

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass

from starlette.requests import Request

from mailconnect.clock import Clock
from mailconnect.endpoints.limits.limits import Limits
from mailconnect.endpoints.oauth.signing_keys import SigningKeys
from mailconnect.oauth.client import AuthMethod, Client
from mailconnect.oauth.client_authentication import Presented, presented_client, verify_client
from mailconnect.oauth.errors import InvalidClient
from mailconnect.store.clients import Clients
from mailconnect.store.errors import AlreadyExists, StoreUnavailable
from mailconnect.store.ledger import Entry, Ledger


@dataclass(frozen=True, slots=True)
class ClientAuthenticator:
    clients: Clients
    ledger: Ledger
    signing_keys: SigningKeys
    issuer: str
    limits: Limits
    clock: Clock

    async def __call__(self, request: Request, form: Mapping[str, str]) -> Client:
        """Raises OAuthError.

        A failure is counted when it has been found out, and from the limit on it is answered 429: that spares no work.
        A client that proves itself is not refused for its neighbours' failures; one whose keys must be fetched first
        shares the limit on fetches with them.
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
        # joserfc is for those who present one.
        from mailconnect.oauth.client_assertion import read_assertion, verify_signature  # noqa: PLC0415

        now = self.clock()
        audiences = (self.issuer, f"{self.issuer}/token")
        assertion = read_assertion(presented.secret or "", client.id, audiences, now)
        await self.signing_keys.verify(client, request, lambda keys: verify_signature(assertion, keys))
        used = Entry(key=assertion.ledger_key, value=b"", expires_at=assertion.remembered_until)
        try:
            # Once the signature is good: nobody else can use up a client's assertions.
            await self.ledger.put(used, now)
        except AlreadyExists:
            raise InvalidClient("the client assertion has been used") from None
