"""A refresh token for its successors (RFC 6749 §6, RFC 9700 §4.14.2).

Rotation survives a lost response and two machines racing, and still detects theft: for a grace time the presented token
leads to its successors again, sealed under itself; afterwards it is a replay (docs/decisions/0006).
"""

import base64
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from mailconnect.clock import Entropy
from mailconnect.grants import widening
from mailconnect.grants.decision import Decision, Issued, Refused, Repeat, TokenPair
from mailconnect.grants.envelope import derive_key, is_bound, issued_as_refresh_token, seal, unseal, unwrap_data_key
from mailconnect.grants.errors import InvalidGrant, InvalidScope, InvalidTarget, SealBroken
from mailconnect.grants.grant import Grant, GrantState
from mailconnect.grants.lifetimes import Lifetimes
from mailconnect.grants.retirement import Reason, retire
from mailconnect.grants.tokens.crossing import MAX as MAX_CROSSINGS
from mailconnect.grants.tokens.crossing import crossed, network_tag, rotated_from
from mailconnect.grants.tokens.issue import issue_pair
from mailconnect.grants.tokens.token import Token, TokenKind, of_family, parse
from mailconnect.grants.update import Absent, After, Equals, Update, Value

_REMEMBERED = 2
"""Rotated tokens beside the latest that are led to the newest pair: few, so that the record stays small."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotation:
    """A token request with `grant_type=refresh_token`. `scope` is None when the client asks for what it has.
    `address_family` and `network`, a wide network around the caller's address, are None where they are unknown.
    """

    refresh_token: Token
    client_id: str
    scope: frozenset[str] | None
    resource: str | None
    address_family: str | None = None
    network: str | None = None


def rotate(grant: Grant, request: Rotation, *, now: int, lifetimes: Lifetimes, entropy: Entropy) -> Decision:
    presented = request.refresh_token
    if grant.state is not GrantState.ACTIVE or grant.family_key is None or not grant.alive(now):
        return Refused(InvalidGrant("grant_ended"))
    if grant.client_id != request.client_id:
        return Refused(InvalidGrant("refresh_token_of_another_client"))
    if not of_family(presented, grant.family_key):
        return Refused(InvalidGrant("refresh_token_unknown"))
    if request.resource is not None and request.resource != grant.resource:
        return Refused(InvalidTarget("resource_differs"))
    current = hmac.compare_digest(grant.refresh_hash or "", presented.hash())
    if not current and not any(one.hash == presented.hash() and now < one.until for one in _generations(grant)):
        return Refused(InvalidGrant("refresh_token_replayed"), retire(_why_unknown(grant, lifetimes), now))
    # Before anything that tells a current token from a rotated one: a thief must not learn it without using the token.
    granted = _granted(grant, widening.pending(grant))
    # Clients repeat the scope that they are configured with, whatever was granted. They never get more than was
    # granted, and the response says what they get (RFC 6749 §3.3).
    if request.scope and not _cut(request.scope, granted):
        return Refused(InvalidScope("scope_exceeds_grant"))
    if not current:
        newest = _newest(grant, request, granted)
        if newest is None:
            return Refused(InvalidGrant("refresh_repeated_with_other_scope"))
        return _repeated(grant, request, newest, now=now, lifetimes=lifetimes, entropy=entropy)
    data_key = _data_key(grant, presented)
    granted = _granted(grant, widening.verified(grant, data_key))
    allowed = _cut(request.scope, granted)
    if not allowed:
        return Refused(InvalidScope("scope_exceeds_grant"))
    pair, changes = issue_pair(
        grant,
        data_key,
        scope=" ".join(sorted(allowed)),
        grant_scope=" ".join(sorted(granted)),
        family_key=grant.family_key,
        address_family=request.address_family,
        now=now,
        lifetimes=lifetimes,
        entropy=entropy,
    )
    changes |= {
        "previous_refresh_hash": presented.hash(),
        "previous_refresh_until": now + lifetimes.refresh_grace,
        "successor": _seal_successor(presented, pair, request.scope, entropy),
    }
    conditions = (
        Equals("state", GrantState.ACTIVE),
        Equals("refresh_hash", presented.hash()),
        Equals("scope", grant.scope),  # the response says what the new token may do
        After("expires_at", now),
        After("idle_expires_at", now),
        # An access token revoked since the grant was read must not come back as the previous one.
        Absent("access_hash") if grant.access_hash is None else Equals("access_hash", grant.access_hash),
    )
    older, without_older = _older(grant, now)
    network, without_network = rotated_from(grant, _tag(request, data_key), now)
    changes |= older | _previous_access(grant) | network
    gone = without_older | _without_access(grant) | without_network | widening.PENDING
    update = Update(conditions, changes, gone)
    return Issued(pair, update)


def _repeated(
    grant: Grant, request: Rotation, newest: TokenPair, *, now: int, lifetimes: Lifetimes, entropy: Entropy
) -> Decision:
    """For a token that was rotated within the grace time: the newest pair, unless two networks use it in turn."""
    crossing = _crossing(grant, request, newest, now)
    of_this_round = (Equals("refresh_hash", grant.refresh_hash or ""), Absent("crossed_at"))
    if crossing.get("crossings") == MAX_CROSSINGS:
        return Refused(InvalidGrant("refresh_token_shared"), retire(Reason.REFRESH_SHARED, now, *of_this_round))
    repeat = Repeat.ELSEWHERE if crossing else Repeat.BESIDE
    if newest.refresh is not None and grant.access_hash is None:
        # Its access token was given back meanwhile: another one, as for the bearer of the newest refresh token.
        noted = replace(grant, **crossing)  # type: ignore[arg-type]
        anew = rotate(
            noted, replace(request, refresh_token=newest.refresh), now=now, lifetimes=lifetimes, entropy=entropy
        )
        if isinstance(anew, Refused) or anew.update is None:
            return anew
        kept = {name: value for name, value in crossing.items() if name not in anew.update.remove}
        return replace(anew, update=replace(anew.update, set={**kept, **anew.update.set}), repeat=repeat)
    left = frozenset(newest.scope.split()) & _granted(grant)
    pair = replace(newest, scope=" ".join(sorted(left)))
    noting = Update((Equals("state", GrantState.ACTIVE), *of_this_round), crossing) if crossing else None
    return Issued(pair, noting, repeat)


def _crossing(grant: Grant, request: Rotation, newest: TokenPair, now: int) -> dict[str, Value]:
    if newest.refresh is None or request.network is None or grant.rotated_from is None:
        return {}
    return crossed(grant, _tag(request, _data_key(grant, newest.refresh)), now)


def _granted(grant: Grant, widened: frozenset[str] = frozenset()) -> frozenset[str]:
    """The scopes that the grant allows: no more than its refresh token was issued for and the owner has `widened`
    since.

    Source: mailconnect.grants.envelope.
    """
    granted = frozenset(grant.scope.split())
    if not is_bound(grant.refresh_wrap or b""):
        return granted
    return granted & (widened | frozenset((grant.refresh_scope or "").split()))


def _data_key(grant: Grant, current: Token) -> bytes:
    """Raises SealBroken, also where the grant's scope or ends are not those that the token was issued with."""
    bound = issued_as_refresh_token(grant, grant.refresh_scope or "", grant.idle_expires_at)
    return unwrap_data_key(grant.refresh_wrap or b"", current, bound)


def _tag(request: Rotation, data_key: bytes) -> str | None:
    if request.network is None:
        return None
    return network_tag(request.network, request.refresh_token.grant_id, data_key)


def _why_unknown(grant: Grant, lifetimes: Lifetimes) -> Reason:
    """Why a token of this family is not among those remembered.

    After a restore the token may be newer than the backup. The first rotation after the restore ends that doubt.
    """
    rotated_at = (grant.previous_refresh_until or 0) - lifetimes.refresh_grace
    return Reason.REFRESH_REPLAY if grant.restored_at is None or rotated_at >= grant.restored_at else Reason.RESTORED


def _cut(asked: frozenset[str] | None, granted: frozenset[str]) -> frozenset[str]:
    """The scopes for a client that asks for these: all that is granted where it names none (RFC 6749 §6)."""
    return asked & granted if asked else granted


def _newest(grant: Grant, request: Rotation, granted: frozenset[str]) -> TokenPair | None:
    """The newest pair, for a token that was rotated within the grace time; None as for _follow.

    An assistant's calls refresh side by side: one may present a token that two others have since taken further. Each
    successor is sealed under the token before it, so the presented one leads to the newest, and nothing else does.
    """
    presented = request.refresh_token
    generations = _generations(grant)
    at = next(at for at, one in enumerate(generations) if one.hash == presented.hash())

    def same(asked: frozenset[str] | None) -> bool:
        """Whether the client asked for the same scope, in the same words or in others."""
        return _cut(asked, granted) == _cut(request.scope, granted)

    return _follow(presented, generations[at:], same)


def _follow(
    token: Token, generations: "list[_Generation]", same: Callable[[frozenset[str] | None], bool]
) -> TokenPair | None:
    """The last pair that `token` leads to; None when another scope was asked for on the way."""
    pair, asked = _open_successor(token, generations[0].successor)
    if not same(asked):
        return None
    return pair if pair.refresh is None or len(generations) == 1 else _follow(pair.refresh, generations[1:], same)


@dataclass(frozen=True, slots=True)
class _Generation:
    """A refresh token that was rotated: until when its bearer is still led to its successors."""

    hash: str
    until: int
    successor: bytes = field(repr=False)


def _generations(grant: Grant) -> list[_Generation]:
    """The rotated tokens that are remembered, the oldest first."""
    try:
        older = [
            _Generation(str(token_hash), int(until), base64.b64decode(successor))
            for token_hash, until, successor in json.loads(grant.older_successors or "[]")
        ]
    except (ValueError, TypeError):
        raise SealBroken("older_successors_form") from None
    if grant.previous_refresh_hash is None or grant.previous_refresh_until is None or grant.successor is None:
        return older
    return [*older, _Generation(grant.previous_refresh_hash, grant.previous_refresh_until, grant.successor)]


def _older(grant: Grant, now: int) -> tuple[dict[str, Value], frozenset[str]]:
    """The successors to keep beside the token that is rotated now: those whose grace time still runs."""
    kept = _generations(grant)[-_REMEMBERED:]
    while kept and now >= kept[0].until:  # what came after one that still counts is its way on
        del kept[0]
    if not kept:
        return {}, frozenset({"older_successors"})
    document = [[one.hash, one.until, base64.b64encode(one.successor).decode()] for one in kept]
    return {"older_successors": json.dumps(document)}, frozenset()


_ACCESS_SLOT = ("hash", "scope", "expires_at", "wrap")


def _previous_access(grant: Grant) -> dict[str, Value]:
    """The access token in use stays good until it expires: other processes of the same assistant may hold it."""
    values = {f"previous_access_{name}": getattr(grant, f"access_{name}") for name in _ACCESS_SLOT}
    return {name: value for name, value in values.items() if value is not None}


def _without_access(grant: Grant) -> frozenset[str]:
    gone = grant.access_hash is None
    return frozenset(f"previous_access_{name}" for name in _ACCESS_SLOT) if gone else frozenset()


def _seal_successor(presented: Token, pair: TokenPair, asked: frozenset[str] | None, entropy: Entropy) -> bytes:
    document = {
        "access": pair.access.text,
        "refresh": pair.refresh.text if pair.refresh else None,
        "scope": pair.scope,
        "access_expires_at": pair.access_expires_at,
        "asked": None if asked is None else sorted(asked),
    }
    key = derive_key(presented, "successor")
    return seal(key, json.dumps(document).encode(), ("successor", presented.grant_id), entropy)


def _open_successor(presented: Token, sealed: bytes) -> tuple[TokenPair, frozenset[str] | None]:
    document = json.loads(unseal(derive_key(presented, "successor"), sealed, ("successor", presented.grant_id)))
    pair = TokenPair(
        parse(document["access"], TokenKind.ACCESS),
        parse(document["refresh"], TokenKind.REFRESH),
        document["scope"],
        document["access_expires_at"],
    )
    return pair, None if document["asked"] is None else frozenset(document["asked"])
