"""Open client registration (RFC 7591): public clients with loopback or private-use redirect URIs, no one else."""

import json
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from mailconnect.sandbox.oauth.clients import Client
from mailconnect.sandbox.oauth.errors import InvalidClientMetadata, InvalidRedirectUri, OAuthError
from mailconnect.sandbox.oauth.redirects import normalised, registrable
from mailconnect.sandbox.oauth.scopes import NEW, OFFLINE, written
from mailconnect.sandbox.provider import Provider

NO_STORE = {"cache-control": "no-store"}


class Registration:
    def __init__(self, provider: Provider) -> None:
        self._provider = provider

    async def __call__(self, request: Request) -> Response:
        try:
            document = self._register(await request.body())
        except OAuthError as error:
            return JSONResponse(error.document(), 400, NO_STORE)
        return JSONResponse(document, 201, NO_STORE)

    def _register(self, body: bytes) -> dict[str, Any]:
        try:
            asked = json.loads(body)
        except (ValueError, RecursionError) as error:
            raise InvalidClientMetadata("the body is not JSON") from error
        if not isinstance(asked, dict):
            raise InvalidClientMetadata("the body is not a JSON object")
        if asked.get("token_endpoint_auth_method", "none") != "none":
            raise InvalidClientMetadata("token_endpoint_auth_method is none")
        uris = asked.get("redirect_uris")
        if not isinstance(uris, list) or not uris:
            raise InvalidRedirectUri("redirect_uris is a list of at least one")
        switches = self._provider.switches
        accepted = tuple(registrable(uri, loopback=switches.loopback_registration) for uri in uris)
        client = Client(
            client_id=self._provider.entropy(4).hex(),
            name=_text(asked.get("client_name")) or "A client without a name",
            redirect_uris=accepted,
            scopes=_scopes(asked.get("scope")),
        )
        self._provider.state.add_client(client)
        answered = [normalised(uri) for uri in accepted] if switches.normalised_registration else list(accepted)
        return {
            "client_id": client.client_id,
            "client_id_issued_at": self._provider.clock(),
            "client_name": client.name,
            "redirect_uris": answered,
            "grant_types": ["authorization_code", "refresh_token"],
            "response_types": ["code"],
            "token_endpoint_auth_method": "none",
            "scope": written(client.scopes),
        }


def _text(value: object) -> str:
    return value.encode("utf-8", "replace").decode()[:100] if isinstance(value, str) else ""


def _scopes(value: object) -> frozenset[str]:
    """Without a scope: everything but offline_access, which must be asked for by name.  Others' scopes are dropped."""
    if value is None:
        return NEW - {OFFLINE}
    if not isinstance(value, str):
        raise InvalidClientMetadata("scope is a string")
    return frozenset(value.split()) & NEW
