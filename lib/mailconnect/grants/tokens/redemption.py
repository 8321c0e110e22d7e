"""A code for tokens, once (RFC 6749 §4.1.3, RFC 7636 §4.6)."""

import hmac
from dataclasses import dataclass

from mailconnect.clock import Entropy
from mailconnect.grants.decision import Decision, Issued, Refused
from mailconnect.grants.envelope import issued_as_code, unwrap_data_key
from mailconnect.grants.errors import InvalidGrant, InvalidTarget
from mailconnect.grants.grant import Grant, GrantState
from mailconnect.grants.lifetimes import CODE_RETRY_WINDOW, Lifetimes
from mailconnect.grants.retirement import Reason, retire
from mailconnect.grants.tokens.issue import issue_pair
from mailconnect.grants.tokens.token import Token
from mailconnect.grants.update import After, Equals, Update

_FAMILY_KEY_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Redemption:
    """A token request with `grant_type=authorization_code`. `code_challenge` is S256 of the verifier that was sent.
    `address_family` is None where it is unknown. `redirect_uri` is None where none was sent: the verifier already binds
    the code to the client that asked for it (draft-ietf-oauth-v2-1 §10.2).
    """

    code: Token
    client_id: str
    redirect_uri: str | None
    code_challenge: str
    resource: str | None
    wants_refresh_token: bool
    address_family: str | None = None


def redeem(grant: Grant, request: Redemption, *, now: int, lifetimes: Lifetimes, entropy: Entropy) -> Decision:
    """Only a request that is right in all but its time costs a used code's grant (RFC 6749 §10.5, no cheap harm)."""
    if grant.code_hash is None or not hmac.compare_digest(grant.code_hash, request.code.hash()):
        return Refused(InvalidGrant("code_unknown"))
    if grant.client_id != request.client_id:
        return Refused(InvalidGrant("code_of_another_client"))
    if request.redirect_uri is not None and grant.redirect_uri != request.redirect_uri:
        return Refused(InvalidGrant("redirect_uri_differs"))
    if not grant.code_challenge or not hmac.compare_digest(grant.code_challenge, request.code_challenge):
        return Refused(InvalidGrant("code_verifier_wrong"))
    if request.resource is not None and request.resource != grant.resource:
        return Refused(InvalidTarget("resource_differs"))
    if grant.code_redeemed_at is not None:
        if now - grant.code_redeemed_at <= CODE_RETRY_WINDOW:
            return Refused(InvalidGrant("code_used_just_now"))
        return Refused(InvalidGrant("code_replayed"), retire(Reason.CODE_REPLAY, now))
    if grant.code_wrap is None or grant.code_expires_at is None or now >= grant.code_expires_at:
        return Refused(InvalidGrant("code_expired"))

    data_key = unwrap_data_key(grant.code_wrap, request.code, issued_as_code(grant))
    family_key = entropy(_FAMILY_KEY_BYTES) if request.wants_refresh_token else None
    pair, changes = issue_pair(
        grant,
        data_key,
        scope=grant.scope,
        grant_scope=grant.scope,
        family_key=family_key,
        address_family=request.address_family,
        now=now,
        lifetimes=lifetimes,
        entropy=entropy,
    )
    if family_key is not None:
        changes["family_key"] = family_key
    update = Update(
        (
            Equals("state", GrantState.AUTHORIZED),
            Equals("code_hash", request.code.hash()),
            After("code_expires_at", now),
        ),
        changes | {"state": GrantState.ACTIVE, "code_redeemed_at": now},
        frozenset({"code_wrap"}),
    )
    return Issued(pair, update)
