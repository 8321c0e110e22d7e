"""One conditional update: all of its conditions or nothing."""

from dataclasses import fields

import pytest

from mailconnect.grants.grant import TOKEN_FIELDS, Grant, GrantState
from mailconnect.grants.update import Absent, After, Condition, Equals, NotAfter, OneOf, Update, applied, holds
from tests.grants.scenario import NOW, active, authorized

GRANT = authorized().grant
BOTH = (GrantState.AUTHORIZED, GrantState.ACTIVE)


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (Equals("state", GrantState.AUTHORIZED), True),
        (Equals("state", "authorized"), True),
        (Equals("state", GrantState.ACTIVE), False),
        (Equals("props_version", 1), True),
        (Equals("props_version", 2), False),
        (Equals("props", GRANT.props), True),
        (Equals("props", b""), False),
        (Equals("lease_id", "attempt"), False),
        (Absent("lease_id"), True),
        (Absent("code_hash"), False),
        (OneOf("state", BOTH), True),
        (OneOf("state", (GrantState.RETIRED,)), False),
        (OneOf("state", ()), False),
        (OneOf("lease_id", ("attempt",)), False),
        (After("created_at", NOW - 1), True),
        (After("created_at", NOW), False),
        (After("created_at", NOW + 1), False),
        (After("lease_until", 0), False),
        (NotAfter("created_at", NOW - 1), False),
        (NotAfter("created_at", NOW), True),
        (NotAfter("created_at", NOW + 1), True),
        (NotAfter("lease_until", 0), True),
    ],
)
def test_a_condition_holds_for_a_record_or_does_not(condition: Condition, expected: bool) -> None:
    assert holds(GRANT, condition) is expected


def test_an_update_sets_removes_and_leaves_the_rest() -> None:
    update = Update((), {"lease_id": "attempt", "lease_until": NOW}, frozenset({"code_wrap"}))
    after = applied(GRANT, update)
    assert after is not None
    differing = {field.name for field in fields(Grant) if getattr(after, field.name) != getattr(GRANT, field.name)}
    assert differing == {"lease_id", "lease_until", "code_wrap"}
    assert (after.lease_id, after.lease_until, after.code_wrap) == ("attempt", NOW, None)


@pytest.mark.parametrize("place", range(3))
def test_one_broken_condition_stops_the_whole_update(place: int) -> None:
    conditions: list[Condition] = [Equals("state", GrantState.AUTHORIZED), Absent("lease_id"), After("expires_at", NOW)]
    change = {"lease_id": "attempt"}
    assert applied(GRANT, Update(tuple(conditions), change)) is not None
    conditions[place] = Absent("code_hash")
    assert applied(GRANT, Update(tuple(conditions), change)) is None


def test_an_update_without_conditions_applies() -> None:
    assert applied(GRANT, Update((), {})) == GRANT


def test_the_grant_before_is_left_as_it_was() -> None:
    before = GRANT.state
    applied(GRANT, Update((), {"state": GrantState.RETIRED}))
    assert GRANT.state is before


@pytest.mark.row("I6")
def test_a_printed_update_shows_no_value_that_it_sets() -> None:
    update = Update((), {"family_key": b"a key in clear", "props": b"sealed"})
    assert "a key in clear" not in repr(update)
    assert "sealed" not in repr(update)


def test_every_wrap_of_a_client_is_an_attribute_that_can_be_removed() -> None:
    optional = {field.name for field in fields(Grant) if field.default is None}
    assert optional >= TOKEN_FIELDS


def test_every_hash_and_wrap_is_a_token_field() -> None:
    grant = active().grant
    known = {field.name for field in fields(grant) if field.name.endswith(("_hash", "_wrap"))}
    assert known | {"successor", "family_key"} <= TOKEN_FIELDS


@pytest.mark.parametrize(
    ("state", "expires", "idle", "alive"),
    [
        (GrantState.AUTHORIZED, 1, 1, True),
        (GrantState.ACTIVE, 1, 1, True),
        (GrantState.RETIRED, 1, 1, False),
        (GrantState.ACTIVE, 0, 1, False),
        (GrantState.ACTIVE, 1, 0, False),
        (GrantState.ACTIVE, -1, -1, False),
    ],
)
def test_a_grant_lives_until_it_is_retired_or_one_of_its_ends(
    state: GrantState, expires: int, idle: int, alive: bool
) -> None:
    values = {field.name: getattr(GRANT, field.name) for field in fields(Grant)}
    grant = Grant(**(values | {"state": state, "expires_at": NOW + expires, "idle_expires_at": NOW + idle}))
    assert grant.alive(NOW) is alive


def test_a_printed_grant_shows_neither_sealed_values_nor_keys() -> None:
    grant = active().grant
    hidden = [value for field in fields(grant) if isinstance(value := getattr(grant, field.name), bytes)]
    assert len(hidden) >= 6
    assert not [value for value in hidden if repr(value)[2:-1] in repr(grant)]
