"""Ending a grant: at once, for ever, and by one update."""

from enum import StrEnum

from mailconnect.grants.errors import MalformedToken
from mailconnect.grants.grant import TOKEN_FIELDS, Grant, GrantState
from mailconnect.grants.tokens.token import Token, TokenKind, of_family, parse
from mailconnect.grants.update import Condition, Equals, NotAfter, OneOf, Update


class Reason(StrEnum):
    """Why a grant ended: kept with the retired grant and in the history."""

    CODE_REPLAY = "code_replay"
    REFRESH_REPLAY = "refresh_replay"
    REFRESH_SHARED = "refresh_shared"  # two networks used it in turn (mailconnect.grants.tokens.crossing)
    CLIENT_REVOKED = "client_revoked"
    CLIENT_DELETED = "client_deleted"  # it took its registration back, and its token came once more
    EXPIRED = "expired"
    PROVIDER_ENDED = "provider_ended"
    OWNER_DISCONNECTED = "owner_disconnected"
    OPERATOR_DISCONNECTED = "operator_disconnected"
    RESTORED = "restored"


_OF_THE_LIVING = frozenset(
    {
        "session_facts",
        "lease_id",
        "not_before",
        "refreshed_by",
        "refresh_unknown",
        "refused_since",
        "restored_at",
    }
)
_NOT_RETIRED = OneOf("state", (GrantState.AUTHORIZED, GrantState.ACTIVE))


def retire(reason: Reason, now: int, *conditions: Condition) -> Update:
    """Removes every token hash and token wrap; what remains opens to `sweep` alone.

    `lease_until` stays: until then a refresh under way may bring tokens of the provider's that are to be revoked too.
    """
    return Update(
        (_NOT_RETIRED, *conditions),
        {"state": GrantState.RETIRED, "retired_at": now, "retired_reason": reason, "due_at": now},
        TOKEN_FIELDS | _OF_THE_LIVING,
    )


def retire_expired(now: int) -> Update:
    """For `sweep`: only if the grant is still due when the update arrives."""
    return retire(Reason.EXPIRED, now, NotAfter("due_at", now))


def postpone(grant: Grant, due_at: int, *, asked: bool = True) -> Update:
    """After the provider could not be told: try again then. Unless it was not `asked`, that was one attempt more."""
    conditions = (Equals("state", GrantState.RETIRED), Equals("due_at", grant.due_at))
    attempts = {"revoke_attempts": (grant.revoke_attempts or 0) + 1} if asked else {}
    return Update(conditions, {"due_at": due_at, **attempts})


def revoke(grant: Grant, presented: str, client_id: str, now: int) -> Update | None:
    """The retirement that RFC 7009 §2.1 asks for `presented`; None where that is no token of this client.

    A refresh token of any generation ends the grant, an access token only itself.
    """
    if grant.state is GrantState.RETIRED or grant.client_id != client_id:
        return None
    token = parse_revocable(presented)
    if token.kind is TokenKind.REFRESH:
        ours = grant.family_key is not None and of_family(token, grant.family_key)
        return retire(Reason.CLIENT_REVOKED, now) if ours else None
    for slot in ("access", "previous_access"):
        if getattr(grant, f"{slot}_hash") == token.hash():
            names = frozenset(name for name in TOKEN_FIELDS if name.startswith(f"{slot}_"))
            return Update((Equals(f"{slot}_hash", token.hash()),), {}, names)
    return None


def parse_revocable(text: str) -> Token:
    """An access or refresh token; MalformedToken for anything else. The hint of RFC 7009 §2.1 is not needed."""
    try:
        return parse(text, TokenKind.REFRESH)
    except MalformedToken:
        return parse(text, TokenKind.ACCESS)
