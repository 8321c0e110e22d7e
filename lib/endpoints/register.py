"""`POST /register`: dynamic client registration (RFC 7591 §3)."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from lib.clock import Clock, Entropy
from lib.endpoints.answers import CORS, NO_STORE, json_answer, oauth_error, preflight
from lib.endpoints.body import read_client_metadata
from lib.oauth.errors import OAuthError
from lib.store.clients import Clients

_MAX_BODY = 32_768


def routes(*, clients: Clients, clock: Clock, entropy: Entropy) -> list[Route]:
    async def register(request: Request) -> Response:
        if request.method == "OPTIONS":
            return preflight("POST")
        # Here, because pydantic's import is a cost that only registration should pay.
        from lib.oauth import registration  # noqa: PLC0415

        try:
            document = await read_client_metadata(request, _MAX_BODY)
            client, answer = registration.register(document, now=clock(), entropy=entropy)
        except OAuthError as error:
            return oauth_error(error)
        await clients.put(client)
        return json_answer(answer, 201, NO_STORE | CORS)

    return [Route("/register", register, methods=["POST", "OPTIONS"])]
