"""`/register/client`: a client reads, replaces or deletes its registration (RFC 7592 §2)."""

import contextlib
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mailconnect import log, pseudonyms
from mailconnect.clock import Clock, Entropy
from mailconnect.endpoints.http.body import read_client_metadata
from mailconnect.endpoints.http.responses import CORS, NO_STORE, json_response, oauth_error, preflight
from mailconnect.endpoints.limits.limits import Limits
from mailconnect.endpoints.oauth.register import MAX_BODY
from mailconnect.oauth.clients.client import Client
from mailconnect.oauth.clients.registration import client_information
from mailconnect.oauth.clients.registration_management import PATH, management, replaced, token_hash, with_token
from mailconnect.oauth.errors import OAuthError, SwitchedOff
from mailconnect.store.clients import Clients
from mailconnect.store.errors import StoreUnavailable
from mailconnect.store.switchboard import Switchboard
from mailconnect.store.switches import Switch

_METHODS = ("GET", "PUT", "DELETE")


class InvalidToken(OAuthError):
    """Not the token of this registration (RFC 6750 §3.1). The registration may be gone (RFC 7592 §2)."""

    code = "invalid_token"
    status = 401


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationManagement:
    """`own_host` as for RegistrationEndpoint."""

    issuer: str
    own_host: str | None
    clients: Clients
    limits: Limits
    switches: Switchboard
    clock: Clock
    entropy: Entropy

    def routes(self) -> list[Route]:
        return [Route(PATH, self.manage, methods=[*_METHODS, "OPTIONS"])]

    async def manage(self, request: Request) -> Response:
        if request.method == "OPTIONS":
            return preflight(*_METHODS)
        try:
            try:
                client, token = await self._authenticated(request)
            except InvalidToken:
                with contextlib.suppress(StoreUnavailable):
                    await self.limits.check(self.limits.failures, request)
                raise
            match request.method:
                case "PUT":
                    return await self._replace(request, client)
                case "DELETE":
                    return await self._delete(client)
                case _:
                    return self._information(client_information(client, None) | management(client, token, self.issuer))
        except InvalidToken as error:
            response = oauth_error(error)
            response.headers["WWW-Authenticate"] = 'Bearer realm="mailconnect", error="invalid_token"'
            return response
        except OAuthError as error:
            return oauth_error(error)

    async def _replace(self, request: Request, client: Client) -> Response:
        """The token is replaced too: of two requests with one token, one succeeds.

        The request replaces all metadata, so it counts as a registration, and is switched off with them.
        """
        if await self.switches.is_on(Switch.NO_REGISTRATIONS):
            raise SwitchedOff("the operator has switched registration off for now")
        document = await read_client_metadata(request, MAX_BODY)
        changed, information = replaced(client, document, own_host=self.own_host, entropy=self.entropy)
        await self.limits.check_registration(request, changed.redirect_uris)
        changed, token = with_token(changed, self.entropy)
        if not await self.clients.replace(changed, client.registration_hash or ""):
            raise InvalidToken("the registration has changed meanwhile")
        log.record("client_replaced", client=pseudonyms.client_name(client.id))
        return self._information(information | management(changed, token, self.issuer))

    async def _delete(self, client: Client) -> Response:
        if not await self.clients.delete(client.id, client.registration_hash or ""):
            raise InvalidToken("the registration has changed meanwhile")
        log.record("client_deleted", client=pseudonyms.client_name(client.id))
        return Response(status_code=204, headers=NO_STORE | CORS)

    async def _authenticated(self, request: Request) -> tuple[Client, str]:
        headers = request.headers.getlist("authorization")
        scheme, _, token = headers[0].partition(" ") if len(headers) == 1 else ("", "", "")
        client_ids = request.query_params.getlist("client_id")
        client = await self.clients.get(client_ids[0], self.clock()) if len(client_ids) == 1 and token else None
        known = client.registration_hash if client is not None else None
        if client is None or known is None or scheme.lower() != "bearer" or token_hash(token.strip()) != known:
            raise InvalidToken("the registration access token is not that of this registration")
        return client, token.strip()

    def _information(self, document: dict[str, object]) -> Response:
        return json_response(document, headers=NO_STORE | CORS)
