"""The grant: everything about one connection between an assistant and a mailbox, in one record."""

from dataclasses import dataclass, field
from enum import StrEnum

SCHEMA_VERSION = 2
"""2: wraps of the data key are bound to what the token was issued for (mailconnect.grants.envelope).

1 is still read.
"""

READABLE_VERSION = SCHEMA_VERSION + 1
"""The newest form that is read and changed: one release ahead, so that a deployment can be taken back by one.

The next form may add fields that may be missing, and nothing else: what is not known here is left as it is.
"""


class GrantState(StrEnum):
    AUTHORIZED = "authorized"  # the person consented and signed in; the code waits to be redeemed
    ACTIVE = "active"  # the assistant holds tokens
    RETIRED = "retired"  # ended; only the revocation wrap is left, for revoking at the provider


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """Times are seconds since the epoch, hashes hex SHA-256, `bytes` sealed values (`docs/storage.md`: each field)."""

    id: str
    schema_version: int = SCHEMA_VERSION
    state: GrantState
    client_id: str
    client_name: str
    owner: str
    provider: str
    scope: str
    consented_scope: str | None = None
    resource: str
    notice_version: str
    created_at: int
    expires_at: int
    idle_expires_at: int
    due_at: int
    last_used_at: int | None = None
    last_used_over: str | None = None
    elicitation: str | None = None

    # The provider's tokens, and the revocation wrap of their key.
    props: bytes = field(repr=False)
    props_version: int
    data_key: bytes = field(repr=False)
    session_facts: bytes | None = field(default=None, repr=False)

    # The code, and what its redemption is checked against.
    redirect_uri: str | None = None
    code_challenge: str | None = None
    code_hash: str | None = None
    code_expires_at: int | None = None
    code_wrap: bytes | None = field(default=None, repr=False)
    code_redeemed_at: int | None = None

    # The live tokens; the previous access token stays good until it expires by itself.
    access_hash: str | None = None
    access_scope: str | None = None
    access_expires_at: int | None = None
    access_wrap: bytes | None = field(default=None, repr=False)
    previous_access_hash: str | None = None
    previous_access_scope: str | None = None
    previous_access_expires_at: int | None = None
    previous_access_wrap: bytes | None = field(default=None, repr=False)
    refresh_hash: str | None = None
    refresh_wrap: bytes | None = field(default=None, repr=False)
    refresh_scope: str | None = None
    previous_refresh_hash: str | None = None
    previous_refresh_until: int | None = None
    successor: bytes | None = field(default=None, repr=False)
    older_successors: str | None = field(default=None, repr=False)
    family_key: bytes | None = field(default=None, repr=False)
    rotated_from: str | None = None
    crossed: str | None = None
    crossings: int | None = None
    crossed_at: int | None = None

    # The scopes that its owner has allowed since the refresh token was issued (mailconnect.grants.widening).
    widening_key: bytes | None = field(default=None, repr=False)
    widened_scope: str | None = None
    widening: bytes | None = field(default=None, repr=False)

    # How it may send (mailconnect.grants.sending).
    sending: str | None = None
    sending_statement: bytes | None = field(default=None, repr=False)

    # The provider refresh under way, and how the last one went.
    lease_id: str | None = None
    lease_until: int | None = None
    not_before: int | None = None
    refreshed_by: str | None = None
    refresh_unknown: str | None = None
    refused_since: int | None = None
    restored_at: int | None = None

    retired_at: int | None = None
    retired_reason: str | None = None
    revoke_attempts: int | None = None

    def alive(self, now: int) -> bool:
        return self.state is not GrantState.RETIRED and now < self.expires_at and now < self.idle_expires_at


TOKEN_FIELDS = frozenset(
    {
        "code_hash",
        "code_expires_at",
        "code_wrap",
        "access_hash",
        "access_scope",
        "access_expires_at",
        "access_wrap",
        "previous_access_hash",
        "previous_access_scope",
        "previous_access_expires_at",
        "previous_access_wrap",
        "refresh_hash",
        "refresh_wrap",
        "refresh_scope",
        "previous_refresh_hash",
        "previous_refresh_until",
        "successor",
        "older_successors",
        "family_key",
        "rotated_from",
        "crossed",
        "crossings",
        "crossed_at",
        "widened_scope",
        "widening",
    }
)
"""Every attribute by which an assistant's token could still find or open the grant, and whence it came: gone at once
when it is retired."""
