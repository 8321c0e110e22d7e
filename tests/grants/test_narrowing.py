"""Switching off some of what a grant allows."""

from dataclasses import replace

import pytest

from mailconnect.grants.grant import GrantState
from mailconnect.grants.narrowing import narrow
from mailconnect.grants.retirement import Reason, retire
from mailconnect.grants.tokens.access import authenticate
from mailconnect.grants.update import applied
from tests.grants.scenario import NOW, REDEEMED, RESOURCE, SCOPE, active, after, authorized

MADE = active()
OFF = frozenset({"mailboxes:read"})


def test_tokens_in_use_lose_the_scope_at_once() -> None:
    narrowed = after(MADE.grant, narrow(MADE.grant, OFF))
    assert authenticate(narrowed, MADE.access, RESOURCE, REDEEMED).scope == {"session:read"}
    assert authenticate(MADE.grant, MADE.access, RESOURCE, REDEEMED).scope == set(SCOPE.split())


def test_the_consented_scope_is_remembered_however_often_a_grant_is_narrowed() -> None:
    three = replace(MADE.grant, scope="contacts:read mailboxes:read session:read")
    once = after(three, narrow(three, frozenset({"contacts:read"})))
    twice = after(once, narrow(once, frozenset({"mailboxes:read"})))
    assert (once.scope, once.consented_scope) == (
        "mailboxes:read session:read",
        "contacts:read mailboxes:read session:read",
    )
    assert (twice.scope, twice.consented_scope) == ("session:read", "contacts:read mailboxes:read session:read")


@pytest.mark.parametrize(
    "without", [set(), {"junk"}, {"MAILBOXES:READ"}, {""}, set(SCOPE.split()), {SCOPE, *SCOPE.split()}]
)
def test_nothing_changes_where_nothing_would_go_or_nothing_be_left(without: set[str]) -> None:
    assert narrow(MADE.grant, frozenset(without)) is None


def test_only_a_grant_in_use_is_narrowed() -> None:
    ended = after(MADE.grant, retire(Reason.OWNER_DISCONNECTED, NOW))
    assert narrow(ended, OFF) is None
    assert narrow(authorized().grant, OFF) is None
    update = narrow(MADE.grant, OFF)
    assert update is not None
    assert applied(ended, update) is None
    assert ended.state is GrantState.RETIRED


def test_two_that_switch_off_different_things_at_once_do_not_bring_either_back() -> None:
    three = replace(MADE.grant, scope="contacts:read mailboxes:read session:read")
    one, other = narrow(three, frozenset({"contacts:read"})), narrow(three, frozenset({"mailboxes:read"}))
    assert other is not None
    narrowed = after(three, one)
    assert applied(narrowed, other) is None
    assert after(narrowed, narrow(narrowed, frozenset({"mailboxes:read"}))).scope == "session:read"
