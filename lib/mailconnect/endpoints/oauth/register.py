"""`POST /register`: dynamic client registration (RFC 7591 §3)."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mailconnect.clock import Clock, Entropy
from mailconnect.endpoints.http.body import read_client_metadata
from mailconnect.endpoints.http.responses import CORS, NO_STORE, json_answer, oauth_error, preflight
from mailconnect.endpoints.limits.limits import Limits
from mailconnect.oauth.errors import OAuthError, SwitchedOff
from mailconnect.oauth.registration import register as register_client
from mailconnect.oauth.registration_management import management, with_token
from mailconnect.store.clients import Clients
from mailconnect.store.switchboard import Switchboard
from mailconnect.store.switches import Switch

_MAX_BODY = 32_768


def routes(
    *,
    issuer: str,
    own_host: str | None,
    clients: Clients,
    limits: Limits,
    switches: Switchboard,
    clock: Clock,
    entropy: Entropy,
) -> list[Route]:
    async def register(request: Request) -> Response:
        if request.method == "OPTIONS":
            return preflight("POST")
        try:
            if await switches.is_on(Switch.NO_REGISTRATIONS):
                raise SwitchedOff("the operator has switched registration off for now")
            document = await read_client_metadata(request, _MAX_BODY)
            client, answer = register_client(document, own_host=own_host, now=clock(), entropy=entropy)
            # Where nobody can count, nobody registers (StoreUnavailable).
            await limits.check(limits.registrations, request)
        except OAuthError as error:
            return oauth_error(error)
        client, token = with_token(client, entropy)
        await clients.put(client)
        return json_answer(answer | management(client, token, issuer), 201, NO_STORE | CORS)

    return [Route("/register", register, methods=["POST", "OPTIONS"])]
