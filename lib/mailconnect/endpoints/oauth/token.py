"""`POST /token`: exchanges codes and refresh tokens for tokens (RFC 6749 §3.2, §4.1.3, §6). It never calls the
provider.
"""

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mailconnect import log, pseudonyms
from mailconnect.audit import Audit
from mailconnect.clock import Clock, Entropy
from mailconnect.end_grant import Wake, ended_grant
from mailconnect.endpoints.http.body import read_token_request
from mailconnect.endpoints.http.responses import CORS, NO_STORE, json_response, oauth_error, preflight
from mailconnect.endpoints.limits.limits import Limits
from mailconnect.endpoints.oauth.client_authenticator import ClientAuthenticator
from mailconnect.endpoints.oauth.gone_client import GoneClient
from mailconnect.grants import errors as grant_errors
from mailconnect.grants.decision import Decision, Refused, TokenPair
from mailconnect.grants.grant import Grant
from mailconnect.grants.lifetimes import Lifetimes
from mailconnect.grants.tokens.redemption import Redemption, redeem
from mailconnect.grants.tokens.rotation import Rotation, rotate
from mailconnect.grants.tokens.token import Token, TokenKind, parse
from mailconnect.oauth import errors
from mailconnect.oauth.clients.client import Client
from mailconnect.oauth.clients.registration_lifetime import KEPT_AFTER_GRANT
from mailconnect.oauth.form import OAuthParameters
from mailconnect.oauth.pkce import is_verifier, s256
from mailconnect.oauth.resource import names_resource
from mailconnect.oauth.scopes import MalformedScope, parse_scope
from mailconnect.settings import Settings
from mailconnect.store.audit import Actor, What
from mailconnect.store.clients import Clients
from mailconnect.store.errors import StoreUnavailable
from mailconnect.store.grants import Grants
from mailconnect.store.transition import decide

_MAX_BODY = 32_768
_DAY = 86_400
_GRANT_TYPES = ("authorization_code", "refresh_token")

Rules = Callable[[Grant], Decision]


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenEndpoint:
    settings: Settings
    lifetimes: Lifetimes
    authenticate: ClientAuthenticator
    gone: GoneClient
    clients: Clients
    grants: Grants
    audit: Audit
    limits: Limits
    wake_sweep: Wake
    clock: Clock
    entropy: Entropy

    def routes(self) -> list[Route]:
        return [Route("/token", self.respond, methods=["POST", "OPTIONS"])]

    async def respond(self, request: Request) -> Response:
        if request.method == "OPTIONS":
            return preflight("POST")
        try:
            parameters = await read_token_request(request, _MAX_BODY)
            form = parameters.values
            grant_type = _grant_type(form)
            try:
                client = await self.authenticate(request, form)
            except errors.InvalidClient:
                await self.gone.end_grant_of(request, form, form.get("refresh_token", ""))
                raise
            if grant_type not in client.grant_types:
                raise errors.UnauthorizedClient("the client is not registered for this grant type")
            if grant_type == "authorization_code":
                return json_response(await self._redeemed(parameters, client), headers=NO_STORE | CORS)
            return json_response(await self._rotated(request, parameters, client), headers=NO_STORE | CORS)
        except errors.OAuthError as error:
            return oauth_error(error)

    async def _redeemed(self, parameters: OAuthParameters, client: Client) -> dict[str, Any]:
        form = parameters.values
        redemption = Redemption(
            code=_token(form, "code", TokenKind.CODE),
            client_id=client.id,
            redirect_uri=form.get("redirect_uri"),
            code_challenge=_code_challenge(form),
            resource=_resource(parameters, self.settings.resource),
            wants_refresh_token="refresh_token" in client.grant_types,
            address_family=log.request().address_family,
        )

        def rules(grant: Grant) -> Decision:
            return redeem(grant, redemption, now=self.clock(), lifetimes=self.lifetimes, entropy=self.entropy)

        issued = await self._issued(redemption.code, rules)
        with contextlib.suppress(StoreUnavailable):  # the code is spent: its tokens must reach the client
            await self.clients.keep_until(client.id, self.clock() + self.lifetimes.grant + KEPT_AFTER_GRANT)
        return issued

    async def _rotated(self, request: Request, parameters: OAuthParameters, client: Client) -> dict[str, Any]:
        form = parameters.values
        rotation = Rotation(
            refresh_token=_token(form, "refresh_token", TokenKind.REFRESH),
            client_id=client.id,
            scope=_scope(form),
            resource=_resource(parameters, self.settings.resource),
            address_family=log.request().address_family,
            network=self.limits.network_of(request),
        )

        def rules(grant: Grant) -> Decision:
            return rotate(grant, rotation, now=self.clock(), lifetimes=self.lifetimes, entropy=self.entropy)

        grant_id = rotation.refresh_token.grant_id
        self.limits.check_refreshes(grant_id)
        issued = await self._issued(rotation.refresh_token, rules)
        await self.limits.count_refresh(grant_id)
        return issued

    async def _issued(self, presented: Token, rules: Rules) -> dict[str, Any]:
        """The response of RFC 6749 §5.1. Raises OAuthError."""
        judged: list[Grant] = []

        def noted(grant: Grant) -> Decision:
            judged.append(grant)
            return rules(grant)

        try:
            decision = await decide(self.grants, presented.grant_id, noted)
        except grant_errors.SealBroken as broken:
            log.record("seal_broken", grant=pseudonyms.grant_hash(presented.grant_id), reason=broken.reason)
            raise _invalid_grant() from None
        if decision is None:
            raise _invalid_grant()
        if isinstance(decision, Refused):
            if decision.update:
                why = str(decision.update.set["retired_reason"])
                await ended_grant(judged[-1], why, Actor.ASSISTANT, audit=self.audit, wake=self.wake_sweep)
            else:
                grant = pseudonyms.grant_hash(presented.grant_id)
                log.record("token_refused", grant=grant, reason=decision.error.reason)
            raise _on_the_wire(decision.error)
        log.about(presented.grant_id)
        if decision.repeat is not None:
            await self.audit.of_grant_once(What.TOKEN_REPEATED, judged[-1], Actor.ASSISTANT, _DAY, decision.repeat)
        return _token_response(decision.tokens, self.clock())


def _on_the_wire(error: grant_errors.GrantError) -> errors.OAuthError:
    if isinstance(error, grant_errors.InvalidScope):
        return errors.InvalidScope("the scope exceeds what was granted")
    if isinstance(error, grant_errors.InvalidTarget):
        return errors.InvalidTarget("the resource is not the one the grant is for")
    return _invalid_grant()


def _invalid_grant() -> errors.InvalidGrant:
    """A new one for each request: an exception that is kept keeps the frames, and so the secrets, of every raise."""
    return errors.InvalidGrant("the code or refresh token is not valid, or not for this client and request")


def _token_response(tokens: TokenPair, now: int) -> dict[str, Any]:
    """RFC 6749 §5.1."""
    response = {
        "access_token": tokens.access.text,
        "token_type": "Bearer",
        "expires_in": max(tokens.access_expires_at - now, 0),
        "scope": tokens.scope,
    }
    return response | ({"refresh_token": tokens.refresh.text} if tokens.refresh else {})


def _grant_type(form: Mapping[str, str]) -> str:
    grant_type = form.get("grant_type")
    if not grant_type:
        raise errors.InvalidRequest("grant_type is missing")
    if grant_type not in _GRANT_TYPES:
        raise errors.UnsupportedGrantType("grant_type must be authorization_code or refresh_token")
    return grant_type


def _token(form: Mapping[str, str], name: str, kind: TokenKind) -> Token:
    if not form.get(name):
        raise errors.InvalidRequest(f"{name} is missing")
    try:
        return parse(form[name], kind)
    except grant_errors.MalformedToken:
        raise _invalid_grant() from None


def _code_challenge(form: Mapping[str, str]) -> str:
    verifier = form.get("code_verifier", "")
    if not verifier:
        raise errors.InvalidRequest("code_verifier is missing")
    if not is_verifier(verifier):
        raise _invalid_grant()
    return s256(verifier)


def _resource(parameters: OAuthParameters, resource: str) -> str | None:
    """Our resource in its canonical spelling, or the first value that is another resource: the rules refuse it."""
    foreign = (presented for presented in parameters.resources if not names_resource(presented, resource))
    return next(foreign, resource if parameters.resources else None)


def _scope(form: Mapping[str, str]) -> frozenset[str] | None:
    if "scope" not in form:
        return None
    try:
        return parse_scope(form["scope"])
    except MalformedScope:
        raise errors.InvalidScope("the scope cannot be read") from None
