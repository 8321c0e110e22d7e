"""The authorization endpoint (RFC 6749 §4.1.1, RFC 7636 §4.3, RFC 9207): a sign-in page at every authorization."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from mailconnect.sandbox import accounts, pages
from mailconnect.sandbox.oauth import grants
from mailconnect.sandbox.oauth.clients import Client
from mailconnect.sandbox.oauth.errors import (
    AccessDenied,
    InvalidRequest,
    InvalidTarget,
    OAuthError,
    Unredirectable,
    UnsupportedResponseType,
)
from mailconnect.sandbox.oauth.forms import form, parameters, required
from mailconnect.sandbox.oauth.redirects import matches, with_parameters
from mailconnect.sandbox.oauth.scopes import requested_scopes
from mailconnect.sandbox.provider import Provider

_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True)
class AuthorizationRequest:
    client: Client
    redirect_uri: str
    state: str
    scopes: frozenset[str]
    code_challenge: str


class Authorization:
    def __init__(self, provider: Provider) -> None:
        self._provider = provider

    async def __call__(self, request: Request) -> Response:
        try:
            given, client, redirect_uri = self._redirectable(request.scope["query_string"])
        except Unredirectable as error:
            return pages.refused(str(error))
        try:
            asked = self._read(given, client, redirect_uri)
            response = await self._decide(request, asked)
        except OAuthError as error:
            return self._redirect(redirect_uri, given.get("state", ""), error.document())
        if isinstance(response, Response):
            return response
        return self._redirect(redirect_uri, asked.state, {"code": response})

    async def _decide(self, request: Request, asked: AuthorizationRequest) -> Response | str:
        """The page, or the code once the owner has signed in.  Raises AccessDenied."""
        host = urlsplit(asked.redirect_uri).netloc
        if request.method != "POST":
            return pages.sign_in(asked.client.name, host, asked.scopes)
        fields = await form(request)
        if fields.get("decision") == "deny":
            self._provider.counters.denials += 1
            raise AccessDenied("the owner said no")
        owner = accounts.signed_in(fields.get("username", ""), fields.get("password", ""))
        if owner is None:
            return pages.sign_in(asked.client.name, host, asked.scopes, failed=True)
        approval = grants.Approval(
            owner.username, asked.client.client_id, asked.scopes, asked.redirect_uri, asked.code_challenge
        )
        return grants.authorize(self._provider, approval)

    def _redirectable(self, query: bytes) -> tuple[dict[str, str], Client, str]:
        """Raises Unredirectable where there is no redirect URI to trust."""
        try:
            given = parameters(query)
        except InvalidRequest as error:
            raise Unredirectable(error.description) from error
        client = self._provider.client(given.get("client_id", ""))
        if client is None:
            raise Unredirectable("The client_id is missing or unknown.")
        redirect_uri = given.get("redirect_uri", "")
        if not any(matches(registered, redirect_uri) for registered in client.redirect_uris):
            raise Unredirectable("The redirect_uri is missing or not one of this client's.")
        return given, client, redirect_uri

    def _read(self, given: dict[str, str], client: Client, redirect_uri: str) -> AuthorizationRequest:
        if required(given, "response_type") != "code":
            raise UnsupportedResponseType("response_type is code")
        scopes = requested_scopes(given.get("scope"), client.scopes)
        challenge = required(given, "code_challenge")
        if given.get("code_challenge_method") != "S256" or not _CHALLENGE.fullmatch(challenge):
            raise InvalidRequest("code_challenge_method is S256")
        self._check_resource(given.get("resource"))
        return AuthorizationRequest(client, redirect_uri, required(given, "state"), scopes, challenge)

    def _check_resource(self, resource: str | None) -> None:
        settings = self._provider.settings
        if resource is None:
            if self._provider.switches.resource_required:
                raise InvalidTarget("resource is required")
        elif resource not in {settings.session_url, settings.issuer, f"{settings.issuer}/mcp", *settings.resources}:
            raise InvalidTarget("the resource is unknown")

    def _redirect(self, redirect_uri: str, state: str, response: dict[str, str]) -> Response:
        stated = {"state": state} if state else {}
        parameters_back = {**response, **stated, "iss": self._provider.settings.issuer}
        return RedirectResponse(with_parameters(redirect_uri, parameters_back), 302, {"cache-control": "no-store"})
