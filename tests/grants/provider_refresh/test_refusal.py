"""An API token that the provider refuses: one refusal changes nothing, a day of refusals ends the grant."""

from dataclasses import replace

import pytest

from mailconnect.grants.grant import GrantState
from mailconnect.grants.provider_refresh.refusal import LASTING, accepted, refused
from mailconnect.grants.retirement import Reason
from mailconnect.grants.update import applied
from tests.grants.scenario import NOW, active, after, stops

FIRST = NOW + 100
MADE = active().grant
UNWELCOME = after(MADE, refused(MADE, FIRST))


def test_a_first_refusal_is_noted() -> None:
    assert replace(MADE, refused_since=FIRST) == UNWELCOME


@pytest.mark.row("I5")
@pytest.mark.parametrize("later", [-300, 0, 1, LASTING - 1])
def test_a_refusal_soon_after_proves_nothing(later: int) -> None:
    assert refused(UNWELCOME, FIRST + later) is None


@pytest.mark.parametrize("later", [LASTING, LASTING + 1])
def test_a_lasting_refusal_ends_the_grant(later: int) -> None:
    ended = after(UNWELCOME, refused(UNWELCOME, FIRST + later))
    assert (ended.state, ended.retired_reason) == (GrantState.RETIRED, Reason.PROVIDER_ENDED)
    assert (ended.retired_at, ended.due_at) == (FIRST + later, FIRST + later)


def test_an_accepted_call_breaks_the_row() -> None:
    assert after(UNWELCOME, accepted(UNWELCOME)) == MADE


def test_an_accepted_call_without_a_refusal_before_costs_no_write() -> None:
    assert accepted(MADE) is None


@pytest.mark.parametrize(
    "meanwhile",
    [{"state": GrantState.RETIRED}, {"state": GrantState.AUTHORIZED}, {"props_version": 2}, {"refused_since": NOW}],
)
def test_a_first_refusal_is_of_these_props_and_really_the_first(meanwhile: dict[str, object]) -> None:
    assert stops(MADE, refused(MADE, FIRST), **meanwhile)


@pytest.mark.row("I5")
@pytest.mark.parametrize(
    "meanwhile",
    [{"state": GrantState.RETIRED}, {"props_version": 2}, {"refused_since": None}, {"refused_since": FIRST + 1}],
)
def test_a_grant_that_was_accepted_or_refreshed_meanwhile_is_not_ended(meanwhile: dict[str, object]) -> None:
    assert stops(UNWELCOME, refused(UNWELCOME, FIRST + LASTING), **meanwhile)


def test_an_accepted_call_does_not_break_a_row_that_began_later() -> None:
    assert stops(UNWELCOME, accepted(UNWELCOME), refused_since=FIRST + 1)


@pytest.mark.row("I3")
def test_a_retired_grant_is_neither_refused_nor_accepted() -> None:
    ended = after(UNWELCOME, refused(UNWELCOME, FIRST + LASTING))
    for update in (accepted(UNWELCOME), refused(UNWELCOME, FIRST + LASTING), refused(MADE, FIRST)):
        assert update is not None
        assert applied(ended, update) is None
