"""`POST /register`: dynamic client registration (RFC 7591 §3)."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from lib.clock import Clock, Entropy
from lib.endpoints.answers import CORS, NO_STORE, json_answer, oauth_error, preflight, temporarily_unavailable
from lib.endpoints.body import read_client_metadata
from lib.endpoints.ceiling import Ceiling
from lib.oauth.errors import OAuthError
from lib.oauth.registration import register as register_client
from lib.store.clients import Clients
from lib.store.switchboard import Switchboard
from lib.store.switches import Switch

_MAX_BODY = 32_768


_MOST_AT_ONCE, _SECONDS_EACH = 1000, 60
_SWITCHED_OFF_SECONDS = 300


def routes(
    *, own_host: str | None, clients: Clients, switches: Switchboard, clock: Clock, entropy: Entropy
) -> list[Route]:
    ceiling = Ceiling(clock, most=_MOST_AT_ONCE, seconds=_SECONDS_EACH)

    async def register(request: Request) -> Response:
        if request.method == "OPTIONS":
            return preflight("POST")
        if await switches.is_on(Switch.NO_REGISTRATIONS):
            return temporarily_unavailable(_SWITCHED_OFF_SECONDS, "the operator has switched registration off for now")
        try:
            document = await read_client_metadata(request, _MAX_BODY)
            client, answer = register_client(document, own_host=own_host, now=clock(), entropy=entropy)
        except OAuthError as error:
            return oauth_error(error)
        if not ceiling.allows():
            return temporarily_unavailable(_SECONDS_EACH)
        await clients.put(client)
        return json_answer(answer, 201, NO_STORE | CORS)

    return [Route("/register", register, methods=["POST", "OPTIONS"])]
