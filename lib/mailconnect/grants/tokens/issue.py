"""A new token pair, and the attributes that make it the live one."""

from mailconnect.clock import Entropy
from mailconnect.grants.decision import TokenPair
from mailconnect.grants.envelope import issued_as_access_token, issued_as_refresh_token, wrap_data_key
from mailconnect.grants.grant import SCHEMA_VERSION, Grant
from mailconnect.grants.lifetimes import Lifetimes
from mailconnect.grants.tokens.token import TokenKind, mint
from mailconnect.grants.update import Value


def issue_pair(
    grant: Grant,
    data_key: bytes,
    *,
    scope: str,
    grant_scope: str,
    family_key: bytes | None,
    address_family: str | None,
    now: int,
    lifetimes: Lifetimes,
    entropy: Entropy,
) -> tuple[TokenPair, dict[str, Value]]:
    """The pair, and what to set. `scope` is the access token's, `grant_scope` that of the refresh token.

    Without a family key the client gets no refresh token, and the grant ends with the access token.
    """
    expires_at = min(now + lifetimes.access, grant.expires_at)
    access = mint(TokenKind.ACCESS, grant.id, entropy)
    changes: dict[str, Value] = {
        "access_hash": access.hash(),
        "access_scope": scope,
        "access_expires_at": expires_at,
        "access_wrap": wrap_data_key(data_key, access, issued_as_access_token(grant, scope, expires_at), entropy),
        "schema_version": SCHEMA_VERSION,
    }
    if address_family is not None:
        changes["last_used_over"] = address_family
    refresh = None
    idle_expires_at = expires_at
    if family_key is not None:
        refresh = mint(TokenKind.REFRESH, grant.id, entropy, family_key=family_key)
        idle_expires_at = min(now + lifetimes.refresh_idle, grant.expires_at)
        bound = issued_as_refresh_token(grant, grant_scope, idle_expires_at)
        changes |= {
            "refresh_hash": refresh.hash(),
            "refresh_scope": grant_scope,
            "refresh_wrap": wrap_data_key(data_key, refresh, bound, entropy),
        }
    changes |= {"idle_expires_at": idle_expires_at, "due_at": idle_expires_at}
    return TokenPair(access, refresh, scope, expires_at), changes
