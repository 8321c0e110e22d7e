"""The life of a grant at Fastmail: a code once, refresh tokens that rotate, and the end of it all at a replay.

Fastmail's OAuth page: a code used again "will result in all authentication tokens associated with it being immediately
revoked"; an old refresh token used again "will result in the authorization being revoked".
"""

import base64
import hashlib
import hmac
from dataclasses import dataclass
from typing import Any

from mailconnect.sandbox.oauth.errors import InvalidGrant, InvalidScope
from mailconnect.sandbox.oauth.scopes import earns_refresh_token, written
from mailconnect.sandbox.provider import Provider
from mailconnect.sandbox.state import AccessToken, Code, Grant, RefreshToken


@dataclass(frozen=True, slots=True)
class Approval:
    """The owner's consent on the sign-in page."""

    username: str
    client_id: str
    scopes: frozenset[str]
    redirect_uri: str
    code_challenge: str


def authorize(provider: Provider, approval: Approval) -> str:
    """The authorization code for a new grant."""
    now = provider.clock()
    grant = Grant(provider.entropy(8).hex(), approval.username, approval.client_id, approval.scopes, None)
    code = provider.entropy(24).hex()
    expires_at = now + provider.settings.code_seconds
    with provider.state.transaction():
        provider.state.add_grant(grant, now)
        provider.state.add_code(
            code, Code(grant.grant_id, approval.redirect_uri, approval.code_challenge, expires_at, redeemed=False)
        )
    return code


def redeem(provider: Provider, client_id: str, code: str, redirect_uri: str, code_verifier: str) -> dict[str, Any]:
    """The first tokens of a grant.  Raises InvalidGrant; a code presented a second time ends the grant."""
    issued = provider.state.code(code)
    grant = None if issued is None else provider.state.grant(issued.grant_id)
    if issued is None or grant is None or grant.client_id != client_id:
        raise InvalidGrant("the code is unknown")
    if issued.redeemed:
        provider.state.end_grant(grant.grant_id, "code replay")
        raise InvalidGrant("the code has been used")
    if provider.clock() >= issued.expires_at or grant.ended_because is not None:
        raise InvalidGrant("the code has expired")
    if redirect_uri != issued.redirect_uri:
        raise InvalidGrant("the redirect_uri is not the one of the authorization request")
    if not hmac.compare_digest(_challenge(code_verifier), issued.code_challenge):
        raise InvalidGrant("the code_verifier does not match")
    with provider.state.transaction():
        provider.state.redeem_code(code)
        return _issue(provider, grant, grant.scopes, generation=0)


def refresh(provider: Provider, client_id: str, token: str, scope: str | None) -> dict[str, Any]:
    """The next tokens of a grant.  Raises InvalidGrant; a token presented a second time ends the grant."""
    issued = provider.state.refresh_token(token)
    grant = None if issued is None else provider.state.grant(issued.grant_id)
    if issued is None or grant is None or grant.client_id != client_id:
        raise InvalidGrant("the refresh token is unknown")
    provider.state.count_presented(token)
    if issued.rotated:
        with provider.state.transaction():
            provider.state.count_replay(grant.grant_id)
            provider.state.end_grant(grant.grant_id, "replay")
        raise InvalidGrant("the refresh token has been used")
    if grant.ended_because is not None:
        raise InvalidGrant("the authorization has been revoked")
    if provider.clock() >= issued.issued_at + provider.settings.refresh_idle_seconds:
        raise InvalidGrant("the refresh token has not been used for too long")
    if grant.username in provider.switches.locked:
        raise InvalidGrant("the account is locked by its administrator", temporary=True)
    scopes = grant.scopes if scope is None else frozenset(scope.split())
    if not scopes or not scopes <= grant.scopes:
        raise InvalidScope("the scope is not within the one that was granted")
    with provider.state.transaction():
        provider.state.rotate(token)
        return _issue(provider, grant, scopes, issued.generation + 1)


def revoke(provider: Provider, client_id: str, token: str) -> None:
    """Ends the grant this token belongs to; a token that is unknown, or another client's, ends nothing."""
    issued = provider.state.refresh_token(token) or provider.state.access_token(token)
    grant = None if issued is None else provider.state.grant(issued.grant_id)
    if grant is not None and grant.client_id == client_id:
        provider.state.end_grant(grant.grant_id, "revoked")


def _challenge(code_verifier: str) -> str:
    digest = hashlib.sha256(code_verifier.encode("utf-8", "replace")).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _token(provider: Provider, kind: str) -> str:
    """In the form of Fastmail's own: four groups of lower-case hexadecimal."""
    entropy = provider.entropy
    return f"{kind}-{entropy(4).hex()}-{entropy(16).hex()}-0-{entropy(16).hex()}"


def _issue(provider: Provider, grant: Grant, scopes: frozenset[str], generation: int) -> dict[str, Any]:
    now = provider.clock()
    seconds = provider.switches.access_token_seconds
    access_token = _token(provider, "fmu1")
    provider.state.add_access_token(access_token, AccessToken(grant.grant_id, scopes, now + seconds))
    response: dict[str, Any] = {
        "access_token": access_token,
        "token_type": "bearer",
        "expires_in": seconds,
        "scope": written(scopes),
    }
    if earns_refresh_token(grant.scopes):
        refresh_token = _token(provider, "fmr1")
        issued = RefreshToken(grant.grant_id, generation, now, rotated=False)
        provider.state.add_refresh_token(refresh_token, issued)
        response["refresh_token"] = refresh_token
    return response
