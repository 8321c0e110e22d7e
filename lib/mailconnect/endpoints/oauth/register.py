"""`POST /register`: dynamic client registration (RFC 7591 §3)."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mailconnect.clock import Clock, Entropy
from mailconnect.endpoints.http.body import read_client_metadata
from mailconnect.endpoints.http.responses import CORS, NO_STORE, json_response, oauth_error, preflight
from mailconnect.endpoints.limits.limits import Limits
from mailconnect.oauth.clients.registration import register as register_client
from mailconnect.oauth.clients.registration_management import management, with_token
from mailconnect.oauth.errors import OAuthError, SwitchedOff
from mailconnect.store.clients import Clients
from mailconnect.store.switchboard import Switchboard
from mailconnect.store.switches import Switch

MAX_BODY = 32_768
"""Bytes of a client's metadata."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationEndpoint:
    """`own_host` is our own host, from which no keys are fetched; None where no keys are fetched at all."""

    issuer: str
    own_host: str | None
    clients: Clients
    limits: Limits
    switches: Switchboard
    clock: Clock
    entropy: Entropy

    def routes(self) -> list[Route]:
        return [Route("/register", self.respond, methods=["POST", "OPTIONS"])]

    async def respond(self, request: Request) -> Response:
        if request.method == "OPTIONS":
            return preflight("POST")
        try:
            if await self.switches.is_on(Switch.NO_REGISTRATIONS):
                raise SwitchedOff("the operator has switched registration off for now")
            document = await read_client_metadata(request, MAX_BODY)
            client, information = register_client(
                document, own_host=self.own_host, now=self.clock(), entropy=self.entropy
            )
            # A registration that cannot be counted is not made (StoreUnavailable).
            await self.limits.check_registration(request, client.redirect_uris)
        except OAuthError as error:
            return oauth_error(error)
        client, token = with_token(client, self.entropy)
        await self.clients.put(client)
        return json_response(information | management(client, token, self.issuer), 201, NO_STORE | CORS)
