"""`POST /token`: codes and refresh tokens for tokens (RFC 6749 §3.2, §4.1.3, §6). It never calls the provider."""

import contextlib
from collections.abc import Callable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from lib import audit
from lib.clock import Clock, Entropy
from lib.endpoints.answers import CORS, NO_STORE, json_answer, oauth_error, preflight
from lib.endpoints.body import read_form
from lib.endpoints.client_authenticator import ClientAuthenticator
from lib.endpoints.limits import Limits
from lib.endpoints.wake import Wake
from lib.grants import errors as grant_errors
from lib.grants.decision import Decision, Refused, TokenPair
from lib.grants.grant import Grant
from lib.grants.lifetimes import Lifetimes
from lib.grants.redemption import Redemption, redeem
from lib.grants.rotation import Rotation, rotate
from lib.grants.token import Token, TokenKind, parse
from lib.oauth import errors
from lib.oauth.client import Client
from lib.oauth.pkce import is_verifier, s256
from lib.oauth.registration_lifetime import KEPT_AFTER_GRANT
from lib.oauth.resource import names_resource
from lib.oauth.scopes import MalformedScope, parse_scope
from lib.settings import Settings
from lib.store.audit import Actor, What
from lib.store.clients import Clients
from lib.store.errors import StoreUnavailable
from lib.store.grants import Grants
from lib.store.transition import decide
from lib.trail import Trail

_MAX_BODY = 32_768
_DAY = 86_400
_GRANT_TYPES = ("authorization_code", "refresh_token")
_ON_THE_WIRE: dict[type[grant_errors.GrantError], errors.OAuthError] = {
    grant_errors.InvalidScope: errors.InvalidScope("the scope exceeds what was granted"),
    grant_errors.InvalidTarget: errors.InvalidTarget("the resource is not the one the grant is for"),
}
_INVALID_GRANT = errors.InvalidGrant("the code or refresh token is not valid, or not for this client and request")

Rules = Callable[[Grant], Decision]


def routes(
    *,
    settings: Settings,
    lifetimes: Lifetimes,
    authenticate: ClientAuthenticator,
    clients: Clients,
    grants: Grants,
    trail: Trail,
    limits: Limits,
    wake_sweep: Wake,
    clock: Clock,
    entropy: Entropy,
) -> list[Route]:
    async def token(request: Request) -> Response:
        if request.method == "OPTIONS":
            return preflight("POST")
        over = audit.request().over
        try:
            form = await read_form(request, _MAX_BODY)
            grant_type = _grant_type(form)
            client = await authenticate(request, form)
            if grant_type not in client.grant_types:
                raise errors.UnauthorizedClient("the client is not registered for this grant type")
            if grant_type == "authorization_code":
                issued = await answer(*redemption(form, client, over))
                with contextlib.suppress(StoreUnavailable):  # the code is spent: its tokens must reach the client
                    await clients.keep_until(client.id, clock() + lifetimes.grant + KEPT_AFTER_GRANT)
                return json_answer(issued, headers=NO_STORE | CORS)
            refresh_token, rules = rotation(form, client, over, limits.network_of(request))
            limits.check_refreshes(refresh_token.grant_id)
            issued = await answer(refresh_token, rules)
            await limits.count_refresh(refresh_token.grant_id)
            return json_answer(issued, headers=NO_STORE | CORS)
        except errors.OAuthError as error:
            return oauth_error(error)

    def redemption(form: Mapping[str, str], client: Client, over: str | None) -> tuple[Token, Rules]:
        request = Redemption(
            code=_token(form, "code", TokenKind.CODE),
            client_id=client.id,
            redirect_uri=form.get("redirect_uri", ""),
            code_challenge=_code_challenge(form),
            resource=_resource(form, settings.resource),
            wants_refresh_token="refresh_token" in client.grant_types,
            over=over,
        )
        return request.code, lambda grant: redeem(grant, request, now=clock(), lifetimes=lifetimes, entropy=entropy)

    def rotation(form: Mapping[str, str], client: Client, over: str | None, network: str | None) -> tuple[Token, Rules]:
        request = Rotation(
            refresh_token=_token(form, "refresh_token", TokenKind.REFRESH),
            client_id=client.id,
            scope=_scope(form),
            resource=_resource(form, settings.resource),
            over=over,
            network=network,
        )
        return request.refresh_token, lambda grant: rotate(
            grant, request, now=clock(), lifetimes=lifetimes, entropy=entropy
        )

    async def answer(presented: Token, rules: Rules) -> dict[str, Any]:
        judged: list[Grant] = []

        def noted(grant: Grant) -> Decision:
            judged.append(grant)
            return rules(grant)

        try:
            decision = await decide(grants, presented.grant_id, noted)
        except grant_errors.SealBroken as broken:
            audit.record("seal_broken", grant=audit.grant_hash(presented.grant_id), reason=broken.reason)
            raise _INVALID_GRANT from None
        if decision is None:
            raise _INVALID_GRANT
        if isinstance(decision, Refused):
            if decision.update:
                why = str(decision.update.set["retired_reason"])
                await trail.of_grant(What.GRANT_RETIRED, judged[-1], Actor.ASSISTANT, why)
                await wake_sweep()
            else:
                grant = audit.grant_hash(presented.grant_id)
                audit.record("token_refused", grant=grant, reason=decision.error.reason)
            raise _ON_THE_WIRE.get(type(decision.error), _INVALID_GRANT)
        audit.about(presented.grant_id)
        if decision.repeat is not None:
            await trail.of_grant_once(What.TOKEN_REPEATED, judged[-1], Actor.ASSISTANT, _DAY, decision.repeat)
        return _token_response(decision.tokens, clock())

    return [Route("/token", token, methods=["POST", "OPTIONS"])]


def _token_response(tokens: TokenPair, now: int) -> dict[str, Any]:
    """RFC 6749 §5.1."""
    answer = {
        "access_token": tokens.access.text,
        "token_type": "Bearer",
        "expires_in": max(tokens.access_expires_at - now, 0),
        "scope": tokens.scope,
    }
    return answer | ({"refresh_token": tokens.refresh.text} if tokens.refresh else {})


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
        raise _INVALID_GRANT from None


def _code_challenge(form: Mapping[str, str]) -> str:
    verifier = form.get("code_verifier", "")
    if not verifier:
        raise errors.InvalidRequest("code_verifier is missing")
    if not is_verifier(verifier):
        raise _INVALID_GRANT
    return s256(verifier)


def _resource(form: Mapping[str, str], resource: str) -> str | None:
    """Ours in its one spelling, or as the client has it: then the rules refuse it."""
    presented = form.get("resource")
    return resource if presented is not None and names_resource(presented, resource) else presented


def _scope(form: Mapping[str, str]) -> frozenset[str] | None:
    if "scope" not in form:
        return None
    try:
        return parse_scope(form["scope"])
    except MalformedScope:
        raise errors.InvalidScope("the scope cannot be read") from None
