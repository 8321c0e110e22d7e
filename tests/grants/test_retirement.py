"""Ending a grant, and revoking a single access token."""

from dataclasses import fields, replace

import pytest

from mailconnect.grants.decision import Refused
from mailconnect.grants.envelope import unseal
from mailconnect.grants.errors import MalformedToken
from mailconnect.grants.grant import TOKEN_FIELDS, GrantState
from mailconnect.grants.props import open_props
from mailconnect.grants.provider_refresh.lease import LEASE_SECONDS, lease_runs, release_lease, take_lease
from mailconnect.grants.provider_refresh.refreshed import seal_refreshed, store_refreshed
from mailconnect.grants.retirement import Reason, parse_revocable, postpone, retire, retire_expired, revoke
from mailconnect.grants.tokens.token import Token, TokenKind, mint
from mailconnect.grants.update import Equals, Update, applied
from tests.grants.scenario import (
    CONSENTED,
    ENTROPY,
    NOW,
    OPERATOR_KEY,
    PROPS,
    Connection,
    active,
    after,
    authorized,
    changed,
    redeeming,
    refresh_of,
    rotated,
    rotating,
    stops,
    updated,
)

LATER = NOW + 100
TWICE = rotated(rotated(active(), LATER), LATER + 10)
LEASED = updated(TWICE, take_lease(TWICE.grant, "attempt-1", LATER + 10))
END = LATER + 20
OF_THE_LIVING = {"session_facts", "lease_id", "not_before", "refreshed_by", "refused_since"}


def revoking(connection: Connection, token: Token, client_id: str = CONSENTED.client_id) -> Update | None:
    return revoke(connection.grant, token.text, client_id, END)


@pytest.mark.parametrize("reason", Reason)
@pytest.mark.parametrize("life", [authorized(), active(), TWICE, LEASED])
def test_a_retired_grant_has_no_wrap_of_the_client_left(reason: Reason, life: Connection) -> None:
    ended = after(life.grant, retire(reason, END))
    assert ended.state is GrantState.RETIRED
    assert (ended.retired_at, ended.retired_reason, ended.due_at) == (END, reason, END)
    assert {name for name in TOKEN_FIELDS | OF_THE_LIVING if getattr(ended, name) is not None} == set()


def test_a_retired_grant_opens_by_the_revocation_wrap_only() -> None:
    ended = after(LEASED.grant, retire(Reason.OWNER_DISCONNECTED, END))
    data_key = unseal(OPERATOR_KEY, ended.data_key, ("operator", ended.id))
    assert open_props(ended, data_key) == PROPS
    sealed = {field.name for field in fields(ended) if isinstance(getattr(ended, field.name), bytes)}
    assert sealed == {"props", "data_key"}


@pytest.mark.row("F-37")
def test_retiring_leaves_the_end_of_a_lease_to_the_sweep() -> None:
    ended = after(LEASED.grant, retire(Reason.OWNER_DISCONNECTED, END))
    assert ended.lease_until == LATER + 10 + LEASE_SECONDS
    assert lease_runs(ended, END)
    assert not lease_runs(ended, LATER + 10 + LEASE_SECONDS)
    assert not lease_runs(after(TWICE.grant, retire(Reason.OWNER_DISCONNECTED, END)), END)


@pytest.mark.row("F-40")
def test_the_sweep_waits_for_no_lease_that_no_clock_could_have_set() -> None:
    ended = after(LEASED.grant, retire(Reason.OWNER_DISCONNECTED, END))
    assert lease_runs(ended, LATER + 10 - 300)
    assert not lease_runs(ended, LATER + 10 - 301)


def test_retiring_changes_nothing_that_the_sweep_needs() -> None:
    ended = after(TWICE.grant, retire(Reason.EXPIRED, END))
    for name in ("id", "owner", "client_id", "provider", "props", "props_version", "data_key", "created_at"):
        assert getattr(ended, name) == getattr(TWICE.grant, name)


@pytest.mark.parametrize("again", Reason)
def test_a_grant_is_retired_once(again: Reason) -> None:
    ended = after(TWICE.grant, retire(Reason.OWNER_DISCONNECTED, END))
    assert applied(ended, retire(again, END + 1)) is None


@pytest.mark.row("F-36")
def test_retiring_twice_leaves_the_first_time_and_reason() -> None:
    ended = after(TWICE.grant, retire(Reason.OWNER_DISCONNECTED, END))
    assert applied(ended, retire_expired(END + 10**9)) is None
    assert stops(TWICE.grant, retire(Reason.EXPIRED, END), state=GrantState.RETIRED)


def test_retiring_may_depend_on_more() -> None:
    update = retire(Reason.PROVIDER_ENDED, END, Equals("props_version", 1))
    assert stops(TWICE.grant, update, props_version=2)
    assert stops(TWICE.grant, update, state=GrantState.RETIRED)


def decided_earlier(life: Connection) -> dict[str, Update | None]:
    """Everything that may be under way while the grant is retired."""
    return {
        "rotate": rotating(life, life.refresh, END).update,
        "take lease": take_lease(TWICE.grant, "attempt-2", END),
        "store": store_refreshed(seal_refreshed(life.grant, PROPS, "attempt-1", life.new.data_key, ENTROPY)),
        "release": release_lease("attempt-1", not_before=END + 10),
        "revoke access": revoking(life, life.access),
        "revoke refresh": revoking(life, life.refresh),
        "expire": retire_expired(10**11),
    }


@pytest.mark.row("I3", "F-37")
@pytest.mark.parametrize("name", decided_earlier(LEASED))
def test_nothing_that_was_under_way_brings_a_retired_grant_back(name: str) -> None:
    update = decided_earlier(LEASED)[name]
    ended = after(LEASED.grant, retire(Reason.OWNER_DISCONNECTED, END))
    assert update is not None
    assert applied(ended, update) is None


@pytest.mark.row("I3")
def test_a_redemption_under_way_brings_no_retired_grant_back() -> None:
    made = authorized()
    update = redeeming(made).update
    assert update is not None
    assert applied(after(made.grant, retire(Reason.OPERATOR_DISCONNECTED, NOW)), update) is None


@pytest.mark.parametrize(("now", "expired"), [(-1, False), (0, True), (1, True)])
@pytest.mark.parametrize("life", [authorized(), TWICE])
def test_sweep_retires_what_is_due(life: Connection, now: int, expired: bool) -> None:
    at = life.grant.due_at + now
    ended = applied(life.grant, retire_expired(at))
    assert (ended is not None) is expired
    assert ended is None or (ended.retired_reason, ended.retired_at) == (Reason.EXPIRED, at)


def test_sweep_leaves_a_grant_that_was_used_since_it_was_listed() -> None:
    late = retire_expired(TWICE.grant.due_at)
    assert applied(rotated(TWICE, TWICE.grant.due_at - 1).grant, late) is None


@pytest.mark.row("F-38")
def test_a_revocation_that_failed_is_tried_later() -> None:
    ended = after(TWICE.grant, retire(Reason.EXPIRED, END))
    once = after(ended, postpone(ended, END + 60))
    assert (once.due_at, once.revoke_attempts) == (END + 60, 1)
    twice = after(once, postpone(once, END + 180))
    assert (twice.due_at, twice.revoke_attempts) == (END + 180, 2)
    assert replace(twice, due_at=END, revoke_attempts=None) == ended


@pytest.mark.row("F-34")
def test_a_postponement_without_asking_the_provider_is_no_attempt() -> None:
    ended = after(TWICE.grant, retire(Reason.EXPIRED, END))
    later = after(ended, postpone(ended, END + 60, asked=False))
    assert later == replace(ended, due_at=END + 60)


@pytest.mark.row("F-39")
def test_of_two_sweeps_at_once_one_postpones() -> None:
    ended = after(TWICE.grant, retire(Reason.EXPIRED, END))
    assert stops(ended, postpone(ended, END + 60), due_at=END + 60)


def test_only_a_retired_grant_is_postponed() -> None:
    ended = after(TWICE.grant, retire(Reason.EXPIRED, END))
    for state in (GrantState.ACTIVE, GrantState.AUTHORIZED):
        assert stops(ended, postpone(ended, END + 60), state=state)


@pytest.mark.row("RV-05")
@pytest.mark.parametrize("generation", [0, 1, 2])
def test_a_refresh_token_of_any_generation_ends_the_grant(generation: int) -> None:
    ended = after(TWICE.grant, revoking(TWICE, refresh_of(TWICE.pairs[generation])))
    assert (ended.state, ended.retired_reason, ended.retired_at) == (GrantState.RETIRED, Reason.CLIENT_REVOKED, END)


@pytest.mark.row("RV-06")
@pytest.mark.parametrize(("generation", "slot"), [(2, "access"), (1, "previous_access")])
def test_an_access_token_ends_only_itself(generation: int, slot: str) -> None:
    lean = after(TWICE.grant, revoking(TWICE, TWICE.pairs[generation].access))
    gone = {f"{slot}_{name}" for name in ("hash", "scope", "expires_at", "wrap")}
    assert lean == replace(TWICE.grant, **dict.fromkeys(gone))


@pytest.mark.row("RV-06")
@pytest.mark.parametrize(("generation", "slot"), [(2, "access"), (1, "previous_access")])
def test_a_token_that_moved_meanwhile_is_not_mistaken_for_another(generation: int, slot: str) -> None:
    update = revoking(TWICE, TWICE.pairs[generation].access)
    assert stops(TWICE.grant, update, **{f"{slot}_hash": "0" * 64})
    assert stops(TWICE.grant, update, **{f"{slot}_hash": None})
    assert update is not None
    assert applied(rotated(TWICE, END).grant, update) is None


@pytest.mark.row("RV-06")
def test_an_access_token_that_rotation_moved_is_revoked_where_it_is_now() -> None:
    moved = rotated(TWICE, END)
    lean = after(moved.grant, revoking(moved, TWICE.access))
    assert lean.previous_access_hash is None
    assert lean.access_hash == moved.access.hash()


@pytest.mark.row("RV-01")
def test_a_token_that_is_unknown_or_revoked_already_changes_nothing() -> None:
    gone = TWICE.pairs[0].access
    made_up = mint(TokenKind.REFRESH, TWICE.grant.id, ENTROPY, family_key=b"\0" * 32)
    for token in (gone, made_up, mint(TokenKind.ACCESS, TWICE.grant.id, ENTROPY), active().refresh):
        assert revoking(TWICE, token) is None
    lean = updated(TWICE, revoking(TWICE, TWICE.access))
    assert revoking(lean, TWICE.access) is None


@pytest.mark.row("RV-01")
def test_a_retired_grant_has_nothing_to_revoke() -> None:
    ended = updated(TWICE, retire(Reason.EXPIRED, END))
    for pair in TWICE.pairs:
        assert revoking(ended, refresh_of(pair)) is None
        assert revoking(ended, pair.access) is None


def test_a_waiting_grant_has_nothing_to_revoke() -> None:
    made = authorized()
    assert revoking(made, mint(TokenKind.REFRESH, made.grant.id, ENTROPY)) is None
    assert revoking(made, mint(TokenKind.ACCESS, made.grant.id, ENTROPY)) is None


@pytest.mark.row("RV-03")
def test_another_clients_tokens_are_left_alone() -> None:
    for pair in TWICE.pairs:
        assert revoking(TWICE, refresh_of(pair), "client-2") is None
        assert revoking(TWICE, pair.access, "client-2") is None


def test_an_expired_grant_can_still_be_revoked() -> None:
    old = changed(TWICE, expires_at=NOW, idle_expires_at=NOW)
    assert after(old.grant, revoking(old, old.refresh)).retired_reason == Reason.CLIENT_REVOKED


@pytest.mark.row("RV-02")
def test_a_token_is_known_by_its_form_without_a_hint() -> None:
    for token in (TWICE.access, TWICE.refresh):
        assert parse_revocable(token.text) == token


@pytest.mark.row("RV-01")
@pytest.mark.parametrize(
    "text",
    ["", "junk", TWICE.code.text, TWICE.access.text[:-1], TWICE.refresh.text + "0", "\ud800"],
    ids=["empty", "junk", "code", "cut off", "longer", "surrogate"],
)
def test_anything_else_is_malformed(text: str) -> None:
    with pytest.raises(MalformedToken):
        parse_revocable(text)


def test_a_replay_and_a_revocation_at_once_end_the_grant_once() -> None:
    replay = rotating(TWICE, refresh_of(TWICE.pairs[0]), LATER + 60)
    assert isinstance(replay, Refused)
    assert replay.update is not None
    revoked = after(TWICE.grant, revoking(TWICE, TWICE.refresh))
    assert applied(revoked, replay.update) is None
