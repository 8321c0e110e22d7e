"""Allowing a grant more: by its owner, on the account page, without a new connection (decision 0025).

A token's wrap is bound to the scope that the token was issued for, so no token is widened. A widening is a statement,
authenticated under the grant's widening key, that the next pair of tokens may have more. `web` makes that key again
from the key service when the owner asks. `oauth` finds it sealed under the data key, which the refresh token opens: it
needs no right of its own. Who writes the store alone can make no statement.
"""

import hmac
from hashlib import sha256

from mailconnect.clock import Entropy
from mailconnect.grants.envelope import seal, unseal
from mailconnect.grants.errors import SealBroken
from mailconnect.grants.grant import Grant, GrantState
from mailconnect.grants.update import Equals, Update, Value

_ACCESS = frozenset(
    f"{which}access_{name}" for which in ("", "previous_") for name in ("hash", "scope", "expires_at", "wrap")
)

PENDING = frozenset({"widened_scope", "widening"})
"""The fields that wait for the next rotation."""


def can_widen(grant: Grant) -> bool:
    """False before the assistant has its tokens, without refresh tokens, and where an older version made the grant."""
    return grant.state is GrantState.ACTIVE and grant.refresh_hash is not None and grant.widening_key is not None


def widen(grant: Grant, allowed: frozenset[str], notice_version: str, key: bytes) -> Update | None:
    """The grant allows `allowed` too. None where this would change nothing, or `can_widen` is False.

    The access tokens in use end with it: the assistant's next call is answered 401, and its refresh brings the wider
    scope.
    `notice_version` is the privacy notice that stood beside the owner's decision.
    """
    scope = frozenset(grant.scope.split())
    issued = frozenset((grant.refresh_scope or "").split()) | frozenset((grant.widened_scope or "").split())
    if not can_widen(grant) or allowed <= scope & issued:
        return None
    wider = " ".join(sorted(scope | allowed))
    consented = frozenset((grant.consented_scope or grant.scope).split())
    changes: dict[str, Value] = {
        "scope": wider,
        "consented_scope": " ".join(sorted(consented | allowed)),
        "notice_version": notice_version,
        "widened_scope": wider,
        "widening": _statement(grant, wider, key),
    }
    conditions = (
        Equals("state", GrantState.ACTIVE),
        Equals("scope", grant.scope),
        Equals("refresh_hash", grant.refresh_hash or ""),
    )
    return Update(conditions, changes, _ACCESS)


def seal_widening_key(key: bytes, grant: Grant, data_key: bytes, entropy: Entropy) -> bytes:
    return seal(data_key, key, widening_key_place(grant), entropy)


def pending(grant: Grant) -> frozenset[str]:
    """The scopes that the record says were allowed since the refresh token was issued: see `verified`."""
    return frozenset((grant.widened_scope or "").split())


def verified(grant: Grant, data_key: bytes) -> frozenset[str]:
    """The scopes that the owner has allowed since the refresh token was issued.

    None where the statement is not authentic.
    """
    if grant.widening is None or grant.widening_key is None:
        return frozenset()
    try:
        key = unseal(data_key, grant.widening_key, widening_key_place(grant))
    except SealBroken:
        return frozenset()
    genuine = hmac.compare_digest(grant.widening, _statement(grant, grant.widened_scope or "", key))
    return pending(grant) if genuine else frozenset()


def _statement(grant: Grant, wider: str, key: bytes) -> bytes:
    """Of one refresh token alone: after its rotation, nobody can use the statement again."""
    parts = (b"mailconnect widening", *(part.encode() for part in (grant.id, grant.refresh_hash or "", wider)))
    return hmac.digest(key, b"".join(len(part).to_bytes(4) + part for part in parts), sha256)


def widening_key_place(grant: Grant) -> tuple[str, ...]:
    return ("widening key", grant.id, grant.client_id, grant.owner)
