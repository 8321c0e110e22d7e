"""A refresh token for its successors: retried, raced, narrowed, replayed, made up."""

import base64
import contextlib
import json
from dataclasses import replace

import pytest

from mailconnect.grants.decision import Decision, Issued, Refused
from mailconnect.grants.envelope import unwrap_data_key
from mailconnect.grants.errors import GrantError, InvalidGrant, InvalidScope, InvalidTarget, InvalidToken, SealBroken
from mailconnect.grants.grant import GrantState
from mailconnect.grants.lifetimes import Lifetimes
from mailconnect.grants.narrowing import narrow
from mailconnect.grants.retirement import Reason, retire, revoke
from mailconnect.grants.tokens.access import authenticate
from mailconnect.grants.tokens.token import Token, TokenKind, mint, of_family, parse
from mailconnect.grants.update import applied
from tests.grants.scenario import (
    ENTROPY,
    LIFETIMES,
    NOW,
    REDEEMED,
    RESOURCE,
    SCOPE,
    Connection,
    active,
    after,
    authorized,
    bound,
    changed,
    refresh_of,
    refusal,
    rotated,
    rotating,
    stops,
    tokens,
    updated,
)

LATER = NOW + 100
IN_GRACE = LATER + 59
MADE = active()
ONCE = rotated(MADE, LATER)
TWICE = rotated(ONCE, LATER + 10)


def replayed(connection: Connection, decision: Decision) -> bool:
    """Whether the attempt is refused and costs the grant."""
    if not isinstance(decision, Refused) or decision.update is None:
        return False
    ended = after(connection.grant, decision.update)
    assert type(decision.error) is InvalidGrant
    assert (decision.error.reason, ended.retired_reason) == ("refresh_token_replayed", Reason.REFRESH_REPLAY)
    assert ended.state is GrantState.RETIRED
    return True


def made_up(connection: Connection, family_key: bytes = b"\0" * 32) -> Token:
    """A refresh token that names the grant and knows no more of it."""
    return mint(TokenKind.REFRESH, connection.grant.id, ENTROPY, family_key=family_key)


def test_a_refresh_token_gives_a_new_pair() -> None:
    decision = rotating(MADE, MADE.refresh, LATER)
    grant, pair = after(MADE.grant, decision.update), tokens(decision)
    assert {pair.access.text, refresh_of(pair).text}.isdisjoint({MADE.access.text, MADE.refresh.text})
    assert (pair.scope, pair.access_expires_at) == (SCOPE, LATER + LIFETIMES.access)
    assert (grant.access_hash, grant.refresh_hash) == (pair.access.hash(), refresh_of(pair).hash())
    assert of_family(refresh_of(pair), grant.family_key or b"")
    assert grant.family_key == MADE.grant.family_key
    for wrap, token in ((grant.access_wrap, pair.access), (grant.refresh_wrap, refresh_of(pair))):
        assert unwrap_data_key(wrap or b"", token, bound(grant, token)) == MADE.new.data_key


def test_it_is_noted_what_the_rotation_came_over_where_that_is_known() -> None:
    over = after(MADE.grant, rotating(MADE, MADE.refresh, LATER, address_family="IPv6").update)
    assert over.last_used_over == "IPv6"
    before = changed(MADE, last_used_over="IPv4")
    assert after(before.grant, rotating(before, MADE.refresh, LATER).update).last_used_over == "IPv4"


def test_rotation_remembers_the_token_it_replaces_for_the_grace_time() -> None:
    assert ONCE.grant.previous_refresh_hash == MADE.refresh.hash()
    assert ONCE.grant.previous_refresh_until == LATER + LIFETIMES.refresh_grace


def test_the_access_token_in_use_stays_good_as_the_previous_one() -> None:
    names = ("hash", "scope", "expires_at", "wrap")
    assert [getattr(ONCE.grant, f"previous_access_{name}") for name in names] == [
        getattr(MADE.grant, f"access_{name}") for name in names
    ]


def test_an_older_access_token_than_the_previous_one_is_forgotten() -> None:
    with pytest.raises(InvalidToken, match="access_token_unknown"):
        authenticate(TWICE.grant, MADE.access, RESOURCE, LATER + 11)


@pytest.mark.row("TK-29")
def test_each_rotation_moves_the_idle_end_but_never_past_the_grants() -> None:
    assert ONCE.grant.idle_expires_at == ONCE.grant.due_at == LATER + LIFETIMES.refresh_idle
    last = active(lifetimes=Lifetimes(refresh_idle=366 * 86_400))
    end = last.grant.expires_at
    assert last.grant.idle_expires_at == end
    late = rotated(last, end - 10)
    assert late.grant.idle_expires_at == late.grant.access_expires_at == late.grant.expires_at == end
    assert late.pairs[-1].access_expires_at == end


@pytest.mark.row("TK-29")
@pytest.mark.parametrize("end", ["idle_expires_at", "expires_at"])
@pytest.mark.parametrize("past", [0, 1])
def test_a_refresh_token_ends_with_idleness_and_with_the_grant(end: str, past: int) -> None:
    lives = {"idle_expires_at": Lifetimes(refresh_idle=100), "expires_at": Lifetimes(grant=100)}[end]
    old = active(lifetimes=lives)
    at = getattr(old.grant, end)
    assert refusal(rotating(old, old.refresh, at + past)).reason == "grant_ended"
    tokens(rotating(old, old.refresh, at - 1))


@pytest.mark.row("TK-30", "I3")
@pytest.mark.parametrize("reason", Reason)
def test_no_refresh_token_outlives_its_grant(reason: Reason) -> None:
    ended = updated(TWICE, retire(reason, LATER + 20))
    for pair in TWICE.pairs:
        for now in (LATER, LATER + 20, LATER + 21):
            assert refusal(rotating(ended, refresh_of(pair), now)).reason == "grant_ended"


def test_an_authorized_grant_rotates_nothing() -> None:
    made = authorized()
    assert refusal(rotating(made, made_up(made), LATER)).reason == "grant_ended"


def test_a_grant_without_refresh_tokens_rotates_nothing() -> None:
    made = active(wants_refresh_token=False)
    assert refusal(rotating(made, made_up(made, b""), LATER)).reason == "grant_ended"


@pytest.mark.parametrize("generation", [0, 1, 2])
@pytest.mark.parametrize("later", [11, 10_000])
def test_a_refresh_token_of_any_generation_from_another_client_harms_nothing(generation: int, later: int) -> None:
    stolen = refresh_of(TWICE.pairs[generation])
    decision = rotating(TWICE, stolen, LATER + later, client_id="client-2")
    assert refusal(decision).reason == "refresh_token_of_another_client"


@pytest.mark.row("TK-22")
@pytest.mark.parametrize("generation", [0, 1, 2])
def test_another_resource_rotates_nothing_and_harms_nothing(generation: int) -> None:
    for resource in ("https://other.example/mcp", ""):
        decision = rotating(TWICE, refresh_of(TWICE.pairs[generation]), LATER + 11, resource=resource)
        error = refusal(decision)
        assert (type(error), error.reason) == (InvalidTarget, "resource_differs")


def test_the_grants_own_resource_may_be_named() -> None:
    tokens(rotating(MADE, MADE.refresh, LATER, resource=RESOURCE))


def test_a_made_up_token_that_names_the_grant_harms_nothing() -> None:
    for token in (made_up(TWICE), made_up(TWICE, authorized().new.data_key), made_up(TWICE, b"")):
        assert refusal(rotating(TWICE, token, LATER + 11)).reason == "refresh_token_unknown"


def test_a_live_token_with_another_tag_harms_nothing() -> None:
    text = TWICE.refresh.text
    for tag in ("0" * 22, made_up(TWICE).text[-22:], TWICE.old_refresh.text[-22:]):
        forged = parse(text[:-22] + tag, TokenKind.REFRESH)
        assert refusal(rotating(TWICE, forged, LATER + 11)).reason == "refresh_token_unknown"


def test_a_refresh_token_of_another_grant_harms_nothing() -> None:
    assert refusal(rotating(TWICE, active().refresh, LATER + 11)).reason == "refresh_token_unknown"


@pytest.mark.row("TK-23")
@pytest.mark.parametrize("asked", [{"mailboxes:read"}, {"session:read"}, {"mailboxes:read", "session:read"}])
def test_a_narrower_scope_narrows_the_access_token_only(asked: set[str]) -> None:
    decision = rotating(MADE, MADE.refresh, LATER, scope=frozenset(asked))
    pair, grant = tokens(decision), after(MADE.grant, decision.update)
    assert pair.scope == grant.access_scope == " ".join(sorted(asked))
    assert grant.scope == SCOPE
    assert authenticate(grant, pair.access, RESOURCE, LATER).scope == asked
    again = rotating(replace(MADE, grant=grant), refresh_of(pair), LATER + 1)
    assert tokens(again).scope == SCOPE


@pytest.mark.row("TK-23")
@pytest.mark.parametrize("more", [{"mailboxes:write"}, {"openid", "offline_access"}])
def test_of_a_wider_scope_there_is_what_was_granted(more: set[str]) -> None:
    decision = rotating(MADE, MADE.refresh, LATER, scope=frozenset(more | {"mailboxes:read"}))
    assert tokens(decision).scope == after(MADE.grant, decision.update).access_scope == "mailboxes:read"


@pytest.mark.row("TK-23")
@pytest.mark.parametrize(
    "asked", [{"mailboxes:write"}, {"openid", "offline_access"}, {"MAILBOXES:READ"}, {""}, {SCOPE}]
)
def test_a_scope_of_which_nothing_was_granted_rotates_nothing(asked: set[str]) -> None:
    error = refusal(rotating(MADE, MADE.refresh, LATER, scope=frozenset(asked)))
    assert (type(error), error.reason) == (InvalidScope, "scope_exceeds_grant")


@pytest.mark.row("TK-25", "F-30")
@pytest.mark.parametrize("grace", [1, 60, 600])
def test_a_repeat_in_the_grace_time_gives_the_same_pair(grace: int) -> None:
    once = rotated(MADE, LATER, lifetimes=Lifetimes(refresh_grace=grace))
    for now in (LATER, LATER + grace - 1):
        decision = rotating(once, MADE.refresh, now)
        assert isinstance(decision, Issued)
        assert decision.update is None
        assert decision.tokens == once.pairs[-1]


@pytest.mark.row("TK-25")
@pytest.mark.parametrize("scope", [None, frozenset({"mailboxes:read"})])
def test_a_repeat_is_for_the_same_scope(scope: frozenset[str] | None) -> None:
    decision = rotating(MADE, MADE.refresh, LATER, scope=scope)
    once = updated(MADE, decision.update)
    assert tokens(rotating(once, MADE.refresh, IN_GRACE, scope=scope)) == tokens(decision)
    for other in {None, frozenset({"mailboxes:read"}), frozenset({"session:read"})} - {scope}:
        error = refusal(rotating(once, MADE.refresh, IN_GRACE, scope=other))
        assert error.reason == "refresh_repeated_with_other_scope"


@pytest.mark.row("TK-25")
@pytest.mark.parametrize("first", [None, frozenset(SCOPE.split()), frozenset({*SCOPE.split(), "offline_access"})])
def test_the_full_scope_named_or_not_is_the_same_scope(first: frozenset[str] | None) -> None:
    decision = rotating(MADE, MADE.refresh, LATER, scope=first)
    once = updated(MADE, decision.update)
    for scope in (None, frozenset(SCOPE.split()), frozenset({*SCOPE.split(), "openid"}), frozenset[str]()):
        assert tokens(rotating(once, MADE.refresh, IN_GRACE, scope=scope)) == tokens(decision)


@pytest.mark.row("TK-26")
def test_a_repeat_for_another_resource_or_client_gives_nothing() -> None:
    refusal(rotating(ONCE, MADE.refresh, IN_GRACE, resource="https://other.example/mcp"))
    refusal(rotating(ONCE, MADE.refresh, IN_GRACE, client_id="client-2"))


@pytest.mark.row("TK-26")
def test_a_repeat_after_the_successor_was_used_leads_to_the_newest_pair() -> None:
    """Within the grace time of the presented token itself (docs/decisions/0006)."""
    for generation in (0, 1):
        decision = rotating(TWICE, refresh_of(TWICE.pairs[generation]), LATER + 11)
        assert decision == Issued(TWICE.pairs[-1], None)


@pytest.mark.row("TK-26")
def test_each_rotated_token_has_a_grace_time_of_its_own() -> None:
    assert tokens(rotating(TWICE, MADE.refresh, LATER + 59)) == TWICE.pairs[-1]
    assert replayed(TWICE, rotating(TWICE, MADE.refresh, LATER + 60))
    assert tokens(rotating(TWICE, ONCE.refresh, LATER + 69)) == TWICE.pairs[-1]
    assert replayed(TWICE, rotating(TWICE, ONCE.refresh, LATER + 70))


def quickly(rotations: int, scopes: tuple[frozenset[str] | None, ...] = ()) -> Connection:
    """Rotated once a second."""
    life = MADE
    for number in range(rotations):
        scope = scopes[number] if scopes else None
        decision = rotating(life, life.refresh, LATER + number, scope=scope)
        life = replace(updated(life, decision.update), pairs=(*life.pairs, tokens(decision)))
    return life


@pytest.mark.row("TK-26")
@pytest.mark.parametrize("rotations", range(1, 7))
def test_the_last_three_rotated_tokens_lead_on_and_older_ones_are_replays(rotations: int) -> None:
    life = quickly(rotations)
    for generation, pair in enumerate(life.pairs[:-1]):
        decision = rotating(life, refresh_of(pair), LATER + 10)
        if generation >= rotations - 3:
            assert decision == Issued(life.pairs[-1], None)
        else:
            assert replayed(life, decision)


def test_the_memory_of_older_refresh_tokens_stays_small_and_goes() -> None:
    assert MADE.grant.older_successors is ONCE.grant.older_successors is None
    sizes = [len(quickly(rotations).grant.older_successors or "") for rotations in range(2, 7)]
    assert sizes[0] < sizes[1] < 4000
    assert len(set(sizes[1:])) == 1
    over = rotated(quickly(6), LATER + 70)
    assert over.grant.older_successors is None


@pytest.mark.row("TK-23")
@pytest.mark.parametrize("on_the_way", range(3))
def test_a_repeat_never_brings_another_scope_than_it_asks(on_the_way: int) -> None:
    less = frozenset({"session:read"})
    for asked, other in ((less, None), (None, less)):
        scopes = [asked] * 3
        scopes[on_the_way] = other
        life = quickly(3, tuple(scopes))
        error = refusal(rotating(life, MADE.refresh, LATER + 3, scope=asked))
        assert error.reason == "refresh_repeated_with_other_scope"


@pytest.mark.row("TK-23")
def test_a_repeat_for_the_same_scope_leads_on_with_it() -> None:
    less = frozenset({"session:read"})
    life = quickly(3, (less,) * 3)
    assert tokens(rotating(life, MADE.refresh, LATER + 3, scope=less)) == life.pairs[-1]


@pytest.mark.row("F-40")
def test_a_clock_that_goes_back_between_rotations_breaks_no_chain() -> None:
    """The second token's grace time is over before the first one's: what leads from one to the next must stay."""
    first = rotated(MADE, LATER)
    second = rotated(first, LATER - 90)
    third = rotated(second, LATER - 20)
    assert tokens(rotating(third, MADE.refresh, LATER - 10)) == third.pairs[-1]


def test_a_shortened_grace_time_breaks_no_chain() -> None:
    first = rotated(MADE, LATER, lifetimes=Lifetimes(refresh_grace=600))
    third = rotated(rotated(first, LATER + 10), LATER + 80)
    assert tokens(rotating(third, MADE.refresh, LATER + 90)) == third.pairs[-1]


@pytest.mark.row("TK-27")
@pytest.mark.parametrize("later", [60, 61, 80 * 86_400])
def test_a_repeat_after_the_grace_time_is_a_replay(later: int) -> None:
    assert replayed(ONCE, rotating(ONCE, MADE.refresh, LATER + later))


@pytest.mark.row("TK-27")
def test_a_repeat_without_a_grace_time_is_a_replay() -> None:
    once = rotated(MADE, LATER, lifetimes=Lifetimes(refresh_grace=0))
    assert replayed(once, rotating(once, MADE.refresh, LATER))


@pytest.mark.row("TK-27")
@pytest.mark.parametrize("scope", [None, frozenset({"junk"}), frozenset({"mailboxes:read"})])
def test_a_replay_is_one_whatever_scope_it_asks(scope: frozenset[str] | None) -> None:
    assert replayed(TWICE, rotating(TWICE, MADE.refresh, LATER + 60, scope=scope))


@pytest.mark.parametrize("values", [{"successor": None}, {"previous_refresh_until": None}])
def test_a_repeat_without_a_stored_successor_is_a_replay(values: dict[str, object]) -> None:
    assert replayed(ONCE, rotating(changed(ONCE, **values), MADE.refresh, IN_GRACE))


@pytest.mark.row("TK-27")
def test_every_older_generation_is_a_replay_for_ever() -> None:
    life = TWICE
    for step in range(2, 7):
        life = rotated(life, LATER + 100 * step)
    for pair in life.pairs[:-2]:
        for later in (600, 700, 10_000):
            assert replayed(life, rotating(life, refresh_of(pair), LATER + later))


@pytest.mark.row("F-31", "I4")
def test_of_two_rotations_at_once_the_later_gives_the_pair_of_the_first() -> None:
    one, other = rotating(MADE, MADE.refresh, LATER), rotating(MADE, MADE.refresh, LATER)
    once = updated(MADE, one.update)
    assert other.update is not None
    assert applied(once.grant, other.update) is None
    assert tokens(rotating(once, MADE.refresh, LATER)) == tokens(one)


@pytest.mark.row("F-32")
def test_the_pair_can_be_had_again_from_what_rotation_stored() -> None:
    assert tokens(rotating(ONCE, MADE.refresh, LATER + 1)) == ONCE.pairs[-1]


@pytest.mark.parametrize(
    "meanwhile",
    [
        {"state": GrantState.RETIRED},
        {"state": GrantState.AUTHORIZED},
        {"refresh_hash": TWICE.refresh.hash()},
        {"refresh_hash": None},
        {"expires_at": LATER},
        {"expires_at": LATER - 1},
        {"idle_expires_at": LATER},
        {"idle_expires_at": LATER - 1},
        {"access_hash": None},
        {"access_hash": "0" * 64},
    ],
)
def test_rotation_depends_on_the_live_tokens_of_a_living_grant(meanwhile: dict[str, object]) -> None:
    assert stops(MADE.grant, rotating(MADE, MADE.refresh, LATER).update, **meanwhile)


def test_rotation_and_the_providers_refresh_never_fail_each_other() -> None:
    update = rotating(MADE, MADE.refresh, LATER).update
    assert not stops(MADE.grant, update, lease_id="a", lease_until=LATER + 9, props=b"", props_version=9, due_at=LATER)


@pytest.mark.row("RV-06")
def test_an_access_token_that_was_revoked_meanwhile_does_not_come_back_by_a_rotation() -> None:
    update = rotating(MADE, MADE.refresh, LATER).update
    lean = updated(MADE, revoke(MADE.grant, MADE.access.text, MADE.grant.client_id, LATER))
    assert update is not None
    assert applied(lean.grant, update) is None
    again = rotated(lean, LATER)
    assert again.grant.previous_access_hash is None
    with pytest.raises(InvalidToken, match="access_token_unknown"):
        authenticate(again.grant, MADE.access, RESOURCE, LATER)


@pytest.mark.row("RV-06")
def test_a_rotation_after_a_revoked_access_token_leaves_no_previous_one() -> None:
    lean = updated(ONCE, revoke(ONCE.grant, ONCE.access.text, ONCE.grant.client_id, LATER))
    assert lean.grant.previous_access_hash is not None
    update = rotating(lean, lean.refresh, LATER + 1).update
    after_it = after(lean.grant, update)
    for name in ("hash", "scope", "expires_at", "wrap"):
        assert getattr(after_it, f"previous_access_{name}") is None
    assert stops(lean.grant, update, access_hash="0" * 64)


@pytest.mark.row("RV-06")
@pytest.mark.parametrize("presented", [MADE.refresh, ONCE.refresh])
def test_a_repeat_after_the_access_token_was_revoked_brings_another_one(presented: Token) -> None:
    lean = updated(TWICE, revoke(TWICE.grant, TWICE.access.text, TWICE.grant.client_id, LATER + 11))
    decision = rotating(lean, presented, LATER + 12)
    pair, anew = tokens(decision), updated(lean, decision.update)
    assert pair.access_expires_at == LATER + 12 + LIFETIMES.access
    authenticate(anew.grant, pair.access, RESOURCE, IN_GRACE)
    with pytest.raises(InvalidToken):
        authenticate(anew.grant, TWICE.access, RESOURCE, IN_GRACE)
    for known in (presented, TWICE.refresh):
        assert tokens(rotating(anew, known, LATER + 13)) == pair


@pytest.mark.row("RV-05", "I3")
@pytest.mark.parametrize("generation", [0, 1])
def test_a_repeat_in_the_grace_time_gives_nothing_after_the_grant_was_revoked(generation: int) -> None:
    update = revoke(ONCE.grant, refresh_of(ONCE.pairs[generation]).text, ONCE.grant.client_id, LATER + 1)
    ended = updated(ONCE, update)
    assert refusal(rotating(ended, MADE.refresh, LATER + 1)).reason == "grant_ended"


def narrowed(connection: Connection) -> Connection:
    return updated(connection, narrow(connection.grant, frozenset({"mailboxes:read"})))


def test_a_rotation_decided_before_the_grant_was_narrowed_is_decided_again() -> None:
    decision = rotating(MADE, MADE.refresh, LATER)
    assert isinstance(decision, Issued)
    assert decision.update is not None
    raced = narrowed(MADE)
    assert applied(raced.grant, decision.update) is None
    assert authenticate(raced.grant, MADE.access, RESOURCE, LATER).scope == {"session:read"}


def test_no_rotation_widens_a_narrowed_grant() -> None:
    less = narrowed(ONCE)
    assert type(refusal(rotating(less, less.refresh, LATER, scope=frozenset({"mailboxes:read"})))) is InvalidScope
    assert tokens(rotating(less, less.refresh, LATER)).scope == "session:read"


@pytest.mark.parametrize("asked", [None, frozenset({"mailboxes:read", "session:read"}), frozenset({"session:read"})])
def test_an_assistant_that_goes_on_asking_for_what_it_had_gets_what_is_left(asked: frozenset[str] | None) -> None:
    less = narrowed(ONCE)
    decision = rotating(less, less.refresh, LATER, scope=asked)
    assert tokens(decision).scope == "session:read"
    again = rotating(updated(less, decision.update), less.refresh, LATER + 1, scope=asked)
    assert tokens(again) == tokens(decision)
    assert (
        type(refusal(rotating(less, less.refresh, LATER, scope=frozenset({"junk", "mailboxes:read"})))) is InvalidScope
    )


def test_a_repeat_after_the_grant_was_narrowed_brings_no_more_than_the_grant_has() -> None:
    less = narrowed(ONCE)
    pair = tokens(rotating(less, MADE.refresh, IN_GRACE))
    assert pair.scope == "session:read"
    assert authenticate(less.grant, pair.access, RESOURCE, IN_GRACE).scope == {"session:read"}


@pytest.mark.row("F-40", "I4")
@pytest.mark.parametrize("back", [1, 300])
def test_a_clock_that_went_back_gives_no_second_successor(back: int) -> None:
    assert tokens(rotating(ONCE, MADE.refresh, LATER - back)) == ONCE.pairs[-1]
    assert tokens(rotating(TWICE, MADE.refresh, LATER - back)) == TWICE.pairs[-1]
    life = quickly(5)
    assert replayed(life, rotating(life, MADE.refresh, LATER - back))


@pytest.mark.row("ST-02")
@pytest.mark.parametrize("name", ["refresh_wrap", "successor"])
def test_sealed_values_of_another_grant_are_broken(name: str) -> None:
    other = rotated(active(), LATER)
    presented = ONCE.refresh if name == "refresh_wrap" else MADE.refresh
    with pytest.raises(SealBroken):
        rotating(changed(ONCE, **{name: getattr(other.grant, name)}), presented, LATER + 1)


@pytest.mark.row("ST-02")
def test_sealed_values_of_another_kind_are_broken() -> None:
    for name in ("props", "data_key", "access_wrap", "previous_access_wrap", "successor"):
        with pytest.raises(SealBroken):
            rotating(changed(ONCE, refresh_wrap=getattr(ONCE.grant, name)), ONCE.refresh, LATER + 1)
    for name in ("props", "data_key", "access_wrap", "previous_access_wrap", "refresh_wrap"):
        with pytest.raises(SealBroken):
            rotating(changed(ONCE, successor=getattr(ONCE.grant, name)), MADE.refresh, LATER + 1)
    with pytest.raises(SealBroken):
        rotating(changed(ONCE, successor=MADE.grant.refresh_wrap), MADE.refresh, LATER + 1)


@pytest.mark.row("ST-02")
def test_the_successor_of_an_older_generation_is_broken() -> None:
    with pytest.raises(SealBroken):
        rotating(changed(TWICE, successor=ONCE.grant.successor), ONCE.refresh, LATER + 11)


def remembered(*entries: object) -> str:
    return json.dumps(entries)


@pytest.mark.row("ST-02")
def test_a_remembered_successor_of_another_place_is_broken() -> None:
    token_hash, until, own = json.loads(TWICE.grant.older_successors or "")[0]
    assert base64.b64decode(own) == ONCE.grant.successor
    other = rotated(active(), LATER).grant
    for foreign in (other.successor, TWICE.grant.successor, TWICE.grant.refresh_wrap, TWICE.grant.props, b""):
        entry = [token_hash, until, base64.b64encode(foreign or b"").decode()]
        with pytest.raises(SealBroken):
            rotating(changed(TWICE, older_successors=remembered(entry)), MADE.refresh, LATER + 11)


@pytest.mark.row("ST-02")
def test_another_grants_memory_leads_nowhere() -> None:
    other = rotated(rotated(active(), LATER), LATER + 10).grant
    swapped = changed(TWICE, older_successors=other.older_successors)
    assert replayed(swapped, rotating(swapped, MADE.refresh, LATER + 11))


SPOILT = [
    "junk",
    "null",
    "1",
    "{}",
    "[1]",
    "[[]]",
    '["abc"]',
    remembered(["0" * 64, LATER]),
    remembered(["0" * 64, LATER, "not base64!"]),
    remembered(["0" * 64, LATER, None]),
    remembered(["0" * 64, "soon", ""]),
    remembered([None, LATER + 99, ""]),
    remembered(["\u00e9" * 64, LATER + 99, ""]),
    (TWICE.grant.older_successors or "")[:-9],
]


@pytest.mark.row("ST-03")
@pytest.mark.parametrize("generation", [0, 1, 2])
def test_a_spoilt_memory_is_no_other_error(generation: int) -> None:
    for spoilt in SPOILT:
        with contextlib.suppress(GrantError):
            rotating(changed(TWICE, older_successors=spoilt), refresh_of(TWICE.pairs[generation]), LATER + 11)


@pytest.mark.row("ST-03")
@pytest.mark.parametrize("name", ["refresh_wrap", "successor"])
def test_spoilt_sealed_values_are_broken(name: str) -> None:
    sealed = getattr(ONCE.grant, name)
    presented = ONCE.refresh if name == "refresh_wrap" else MADE.refresh
    for place in range(0, len(sealed), 3):
        for spoilt in (sealed[:place], sealed[:place] + bytes([sealed[place] ^ 1]) + sealed[place + 1 :]):
            with pytest.raises(GrantError):
                rotating(changed(ONCE, **{name: spoilt}), presented, LATER + 1)


def test_a_missing_refresh_wrap_is_broken() -> None:
    with pytest.raises(SealBroken):
        rotating(changed(MADE, refresh_wrap=None), MADE.refresh, LATER)


def test_the_successor_opens_to_the_token_before_it_only() -> None:
    as_if = changed(ONCE, previous_refresh_hash=ONCE.refresh.hash(), refresh_hash="0" * 64)
    with pytest.raises(SealBroken):
        rotating(as_if, ONCE.refresh, LATER + 1)


@pytest.mark.row("I6")
def test_a_printed_rotation_shows_no_secret() -> None:
    again = (rotating(TWICE, ONCE.refresh, LATER + 11), rotating(TWICE, MADE.refresh, LATER + 11))
    for decision in (rotating(ONCE, ONCE.refresh, LATER + 1), rotating(ONCE, MADE.refresh, LATER + 1), *again):
        pair, printed = tokens(decision), repr(decision)
        for token in (pair.access, refresh_of(pair), ONCE.refresh, MADE.refresh):
            assert token.text[26:] not in printed
            assert repr(token.secret)[2:-1] not in printed


def test_a_first_rotation_right_after_redemption_is_as_good_as_any() -> None:
    tokens(rotating(MADE, MADE.refresh, REDEEMED))


def test_after_a_restore_an_unknown_token_may_be_a_newer_one_until_the_first_rotation() -> None:
    """The backup is older than the assistant's tokens: that is no theft."""
    restored = replace(MADE, grant=replace(MADE.grant, restored_at=LATER))
    newer = made_up(MADE, MADE.grant.family_key or b"")
    decision = rotating(restored, newer, LATER + 1)
    assert after(restored.grant, decision.update).retired_reason == Reason.RESTORED
    since = replace(restored, grant=after(restored.grant, rotating(restored, MADE.refresh, LATER + 1).update))
    assert replayed(since, rotating(since, newer, LATER + 2))


def test_an_unknown_token_is_a_replay_after_a_restore_only_if_the_grant_was_rotated_since_then() -> None:
    newer = made_up(ONCE, ONCE.grant.family_key or b"")
    before = changed(ONCE, restored_at=LATER + 1)
    decision = rotating(before, newer, LATER + 20)
    assert after(before.grant, decision.update).retired_reason == Reason.RESTORED
    since = changed(ONCE, restored_at=LATER)
    assert replayed(since, rotating(since, newer, LATER + 20))


@pytest.mark.row("ST-02")
def test_a_repeat_that_leads_to_a_token_of_no_generation_is_a_replay() -> None:
    """A writer of the store has put another hash in the place of the newest token's."""
    cut = changed(ONCE, refresh_hash="0" * 64, access_hash=None)
    assert replayed(cut, rotating(cut, MADE.refresh, LATER + 1))


def test_a_scope_that_was_never_granted_does_not_tell_a_rotated_token_from_the_current_one() -> None:
    for presented in (MADE.refresh, ONCE.refresh):
        decision = rotating(ONCE, presented, LATER + 1, scope=frozenset({"never:granted"}))
        error = refusal(decision)
        assert (type(error), error.reason, decision.update) == (InvalidScope, "scope_exceeds_grant", None)
