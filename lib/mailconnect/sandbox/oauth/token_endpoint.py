"""The token endpoint, /oauth/refresh for both grants (RFC 6749 §4.1.3, §6), and revocation (RFC 7009)."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from mailconnect.sandbox.oauth import grants
from mailconnect.sandbox.oauth.errors import InvalidClient, InvalidRequest, OAuthError, UnsupportedGrantType
from mailconnect.sandbox.oauth.forms import form, parameters, required
from mailconnect.sandbox.provider import Provider

NO_STORE = {"cache-control": "no-store", "pragma": "no-cache"}
_NAMES = {"authorization_code": "token.code", "refresh_token": "token.refresh"}


def name_of(body: bytes) -> str:
    """Which of the two grants this request is about, as switches and counters call it."""
    return _NAMES.get(_given(body).get("grant_type", ""), "token")


def presented_refresh_token(body: bytes) -> str:
    return _given(body).get("refresh_token", "")


def _given(body: bytes) -> dict[str, str]:
    try:
        return parameters(body)
    except InvalidRequest:
        return {}


class TokenEndpoint:
    def __init__(self, provider: Provider) -> None:
        self._provider = provider

    async def __call__(self, request: Request) -> Response:
        try:
            response = self._response(await form(request))
        except OAuthError as error:
            return JSONResponse(error.document(), 400, NO_STORE)
        return JSONResponse(response, 200, NO_STORE)

    def _response(self, given: dict[str, str]) -> dict[str, Any]:
        client_id = known_client(self._provider, given)
        match required(given, "grant_type"):
            case "authorization_code":
                return grants.redeem(
                    self._provider,
                    client_id,
                    required(given, "code"),
                    required(given, "redirect_uri"),
                    required(given, "code_verifier"),
                )
            case "refresh_token":
                return grants.refresh(self._provider, client_id, required(given, "refresh_token"), given.get("scope"))
            case _:
                raise UnsupportedGrantType("grant_type is authorization_code or refresh_token")


class Revocation:
    def __init__(self, provider: Provider) -> None:
        self._provider = provider

    async def __call__(self, request: Request) -> Response:
        try:
            given = await form(request)
            grants.revoke(self._provider, known_client(self._provider, given), required(given, "token"))
        except OAuthError as error:
            return JSONResponse(error.document(), 400, NO_STORE)
        return Response(status_code=200, headers=NO_STORE)


def known_client(provider: Provider, given: dict[str, str]) -> str:
    client = provider.client(required(given, "client_id"))
    if client is None:
        raise InvalidClient("the client is unknown")
    return client.client_id
