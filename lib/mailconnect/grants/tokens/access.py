"""An access token opens its scope and the data key (no store write, no KMS)."""

import hmac

from mailconnect.encoding.discreet import Discreet
from mailconnect.grants.envelope import issued_as_access_token, unwrap_data_key
from mailconnect.grants.errors import InvalidToken
from mailconnect.grants.grant import Grant, GrantState
from mailconnect.grants.lifetimes import EXPIRY_LEEWAY
from mailconnect.grants.tokens.token import Token
from mailconnect.grants.update import Equals, Update

_HOUR = 3600


class Access(Discreet, frozen=True):
    """Sealed values are opened when they are needed: most requests of an assistant ask nothing of the mailbox."""

    scope: frozenset[str]
    grant: Grant
    wrap: bytes
    token: Token
    issued_scope: str
    expires_at: int

    def data_key(self) -> bytes:
        """Raises SealBroken, also where scope or end are not those that the token was issued with."""
        bound = issued_as_access_token(self.grant, self.issued_scope, self.expires_at)
        return unwrap_data_key(self.wrap, self.token, bound)


def authenticate(grant: Grant, token: Token, resource: str, now: int) -> Access:
    """InvalidToken unless the token is live, and for this resource (RFC 6750 §3.1, RFC 8707)."""
    if grant.state is not GrantState.ACTIVE or not grant.alive(now):
        raise InvalidToken("grant_ended")
    if grant.resource != resource:
        raise InvalidToken("token_for_another_resource")
    presented = token.hash()
    slots = (
        (grant.access_hash, grant.access_expires_at, grant.access_scope, grant.access_wrap),
        (
            grant.previous_access_hash,
            grant.previous_access_expires_at,
            grant.previous_access_scope,
            grant.previous_access_wrap,
        ),
    )
    for token_hash, expires_at, scope, wrap in slots:
        if token_hash is not None and hmac.compare_digest(token_hash, presented):
            if expires_at is None or now >= expires_at + EXPIRY_LEEWAY:
                raise InvalidToken("access_token_expired")
            allowed = frozenset((scope or "").split()) & frozenset(grant.scope.split())
            return Access(allowed, grant, wrap or b"", token, scope or "", expires_at)
    raise InvalidToken("access_token_unknown")


def announced(grant: Grant, elicitation: str | None) -> Update | None:
    """Notes how the client's person can be asked to open an address; None where that is noted already."""
    if grant.elicitation == elicitation:
        return None
    if elicitation is None:
        return Update((Equals("state", GrantState.ACTIVE),), {}, frozenset({"elicitation"}))
    return Update((Equals("state", GrantState.ACTIVE),), {"elicitation": elicitation})


def to_the_hour(time: int) -> int:
    """`last_used_at` names the hour of a use, and not the moment in it: so it is written once an hour at most."""
    return time - time % _HOUR


def used(grant: Grant, now: int, address_family: str | None = None) -> Update | None:
    """Notes the hour in which a grant is used, once, and from which family of addresses, where that is known."""
    hour = to_the_hour(now)
    if grant.last_used_at is not None and hour <= grant.last_used_at:
        return None
    changes: dict[str, str | int] = {"last_used_at": hour}
    if address_family:
        changes["last_used_over"] = address_family
    return Update((Equals("state", GrantState.ACTIVE),), changes)
