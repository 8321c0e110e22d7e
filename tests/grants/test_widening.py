"""An owner allows a grant more: the tokens afterwards have the new scope, and a writer of the store cannot do it."""

import hmac
from dataclasses import replace

import pytest

from mailconnect.grants.errors import GrantError, InvalidScope
from mailconnect.grants.narrowing import narrow
from mailconnect.grants.tokens.access import authenticate
from mailconnect.grants.update import applied
from mailconnect.grants.widening import can_widen, seal_widening_key, widen, widening_key_place
from tests.grants.scenario import (
    CONSENTED,
    ENTROPY,
    NOW,
    RESOURCE,
    Connection,
    active,
    after,
    authorized,
    changed,
    redeeming,
    refusal,
    rotated,
    rotating,
    tokens,
    updated,
)

KEY = bytes(range(32, 64))
LATER = NOW + 600
NARROW = "session.read"
WIDE = "mail.read session.read"
MORE = frozenset({"mail.read"})


def made() -> Connection:
    connection = authorized(consented=replace(CONSENTED, scope=NARROW))
    sealed = seal_widening_key(KEY, connection.grant, connection.new.data_key, ENTROPY)
    connection = changed(connection, widening_key=sealed)
    decision = redeeming(connection)
    return replace(connection, grant=after(connection.grant, decision.update), pairs=(tokens(decision),))


MADE = made()
WIDENED = updated(MADE, widen(MADE.grant, MORE, "2", KEY))


def test_the_next_refresh_brings_what_the_owner_has_allowed_since() -> None:
    assert tokens(rotating(WIDENED, WIDENED.refresh, LATER)).scope == WIDE
    once = rotated(WIDENED, LATER)
    assert authenticate(once.grant, once.access, RESOURCE, LATER).scope == set(WIDE.split())
    assert tokens(rotating(once, once.refresh, LATER + 1)).scope == WIDE
    assert (once.grant.widened_scope, once.grant.widening) == (None, None)


@pytest.mark.parametrize("scope", [None, frozenset(WIDE.split()), frozenset({*WIDE.split(), "openid"})])
def test_a_late_session_that_names_the_wider_scope_repeats_the_same_refresh(scope: frozenset[str] | None) -> None:
    once = rotated(MADE, LATER)
    widened = updated(once, widen(once.grant, MORE, "2", KEY))
    decision = rotating(widened, MADE.refresh, LATER + 1, scope=scope)
    assert tokens(decision).scope == WIDE
    assert decision.update is not None


def test_the_access_tokens_in_use_end_so_that_the_assistant_refreshes_at_its_next_call() -> None:
    for pair in (MADE, rotated(MADE, LATER)):
        widened = updated(pair, widen(pair.grant, MORE, "2", KEY))
        for one in pair.pairs:
            with pytest.raises(GrantError):
                authenticate(widened.grant, one.access, RESOURCE, LATER)


def test_an_assistant_that_presents_the_token_before_gets_the_wider_scope_too() -> None:
    once = rotated(MADE, LATER)
    widened = updated(once, widen(once.grant, MORE, "2", KEY))
    assert tokens(rotating(widened, widened.old_refresh, LATER + 1)).scope == WIDE


def test_an_assistant_may_ask_for_what_it_was_allowed_later() -> None:
    assert tokens(rotating(WIDENED, WIDENED.refresh, LATER, scope=frozenset(WIDE.split()))).scope == WIDE
    assert tokens(rotating(WIDENED, WIDENED.refresh, LATER, scope=frozenset({NARROW}))).scope == NARROW
    assert tokens(rotating(WIDENED, WIDENED.refresh, LATER, scope=MORE)).scope == "mail.read"


def test_the_grant_remembers_the_notice_that_stood_beside_the_decision() -> None:
    assert (WIDENED.grant.scope, WIDENED.grant.consented_scope, WIDENED.grant.notice_version) == (WIDE, WIDE, "2")


def test_a_scope_that_was_switched_off_can_be_allowed_again() -> None:
    once = rotated(WIDENED, LATER)
    narrowed = updated(once, narrow(once.grant, MORE))
    assert tokens(rotating(narrowed, narrowed.refresh, LATER + 1)).scope == NARROW
    again = updated(narrowed, widen(narrowed.grant, MORE, "2", KEY))
    assert tokens(rotating(again, again.refresh, LATER + 1)).scope == WIDE


def test_a_scope_that_is_switched_off_before_the_next_refresh_is_not_in_it() -> None:
    taken_back = updated(WIDENED, narrow(WIDENED.grant, MORE))
    assert tokens(rotating(taken_back, WIDENED.refresh, LATER)).scope == NARROW


def test_a_scope_that_is_allowed_already_changes_nothing() -> None:
    assert widen(MADE.grant, frozenset({NARROW}), "2", KEY) is None
    assert widen(WIDENED.grant, MORE, "2", KEY) is None


def test_a_grant_without_refresh_tokens_or_without_a_key_cannot_be_widened() -> None:
    for grant in (active(wants_refresh_token=False).grant, active().grant, authorized().grant):
        assert not can_widen(grant)
        assert widen(grant, frozenset({"more"}), "2", KEY) is None


def test_a_rotation_meanwhile_makes_the_owner_s_write_fail() -> None:
    update = widen(MADE.grant, MORE, "2", KEY)
    assert update is not None
    assert applied(rotated(MADE, LATER).grant, update) is None
    assert applied(updated(MADE, widen(MADE.grant, frozenset({"other"}), "2", KEY)).grant, update) is None


@pytest.mark.row("ST-14")
@pytest.mark.parametrize("widening", [None, b"", bytes(32)])
def test_a_writer_of_the_store_makes_no_statement(widening: bytes | None) -> None:
    forged = changed(MADE, scope=WIDE, consented_scope=WIDE, widened_scope=WIDE, widening=widening)
    assert tokens(rotating(forged, forged.refresh, LATER)).scope == NARROW


@pytest.mark.row("ST-14")
def test_an_assistant_that_asks_only_for_what_a_writer_of_the_store_added_gets_nothing() -> None:
    forged = changed(MADE, scope=WIDE, consented_scope=WIDE, widened_scope=WIDE, widening=bytes(32))
    decision = rotating(forged, forged.refresh, LATER, scope=MORE)
    error = refusal(decision)
    assert (type(error), error.reason, decision.update) == (InvalidScope, "scope_exceeds_grant", None)


@pytest.mark.row("ST-14")
def test_a_writer_of_the_store_cannot_use_a_statement_for_more_or_again_or_elsewhere() -> None:
    statement = WIDENED.grant.widening
    wider = f"{WIDE} x"
    forged = changed(WIDENED, scope=wider, consented_scope=wider, widened_scope=wider)
    assert tokens(rotating(forged, forged.refresh, LATER)).scope == NARROW
    once = rotated(MADE, LATER)
    replayed = changed(once, scope=WIDE, consented_scope=WIDE, widened_scope=WIDE, widening=statement)
    assert tokens(rotating(replayed, replayed.refresh, LATER + 1)).scope == NARROW
    other = made()
    moved = changed(other, scope=WIDE, consented_scope=WIDE, widened_scope=WIDE, widening=statement)
    assert tokens(rotating(moved, moved.refresh, LATER)).scope == NARROW
    with_key = changed(moved, widening_key=MADE.grant.widening_key)
    assert tokens(rotating(with_key, moved.refresh, LATER)).scope == NARROW


def test_a_widening_and_its_place_are_these_bytes_in_every_release() -> None:
    """Earlier releases made the stored statements."""
    grant = MADE.grant
    assert grant.refresh_hash is not None
    parts = (b"mailconnect widening", grant.id.encode(), grant.refresh_hash.encode(), WIDE.encode())
    message = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
    assert WIDENED.grant.widening == hmac.new(KEY, message, "sha256").digest()
    assert widening_key_place(grant) == ("widening key", grant.id, grant.client_id, grant.owner)
