"""One provider refresh at a time, and no late write over a newer one."""

from dataclasses import replace

import msgspec
import pytest

from mailconnect.grants.grant import GrantState
from mailconnect.grants.props import open_props
from mailconnect.grants.provider_refresh.lease import (
    LEASE_SECONDS,
    LONGEST_PAUSE,
    REFUSED,
    lease_runs,
    release_lease,
    take_lease,
)
from mailconnect.grants.provider_refresh.refreshed import Refreshed, hand_over, seal_refreshed, store_refreshed
from mailconnect.grants.retirement import Reason, retire
from mailconnect.grants.update import Equals, Update, applied
from tests.grants.scenario import (
    ENTROPY,
    NOW,
    PROPS,
    Connection,
    active,
    after,
    authorized,
    changed,
    rotated,
    stops,
    updated,
)

LATER = NOW + 100
MADE = active()
LEASED = updated(MADE, take_lease(MADE.grant, "attempt-1", LATER))
RUN_OUT = LATER + LEASE_SECONDS
NEWER = msgspec.structs.replace(PROPS, access_token="newer-access-canary", refresh_token="newer-refresh-canary")


def sealed(connection: Connection) -> Refreshed:
    return seal_refreshed(connection.grant, NEWER, "attempt-1", connection.new.data_key, ENTROPY)


def storing(connection: Connection) -> Update:
    return store_refreshed(sealed(connection))


def test_a_lease_names_its_attempt_and_its_end() -> None:
    assert (LEASED.grant.lease_id, LEASED.grant.lease_until) == ("attempt-1", LATER + 12)


def test_a_lease_is_longer_than_a_refresh_may_take() -> None:
    assert LEASE_SECONDS > 8


@pytest.mark.row("F-14", "I2")
def test_of_twenty_takers_at_once_one_gets_the_lease() -> None:
    grant, winners = MADE.grant, []
    for number in range(20):
        update = take_lease(MADE.grant, f"attempt-{number}", LATER)
        taken = applied(grant, update)
        if taken is not None:
            grant = taken
            winners.append(number)
    assert winners == [0]


@pytest.mark.row("I2")
@pytest.mark.parametrize("now", [LATER - 300, LATER, RUN_OUT - 1])
def test_a_running_lease_is_not_taken(now: int) -> None:
    assert applied(LEASED.grant, take_lease(LEASED.grant, "attempt-2", now)) is None


@pytest.mark.row("F-40")
@pytest.mark.parametrize(("attribute", "longest"), [("lease_until", LEASE_SECONDS), ("not_before", LONGEST_PAUSE)])
def test_a_time_further_ahead_than_any_clock_sets_it_keeps_nobody_waiting(attribute: str, longest: int) -> None:
    said = replace(LEASED.grant, lease_until=None) if attribute == "not_before" else LEASED.grant
    possible = replace(said, **{attribute: LATER + longest + 300})
    assert applied(possible, take_lease(possible, "attempt-2", LATER)) is None
    impossible = replace(said, **{attribute: LATER + longest + 301})
    update = take_lease(impossible, "attempt-2", LATER)
    assert after(impossible, update).lease_id == "attempt-2"
    assert stops(impossible, update, **{attribute: LATER + longest + 300})


@pytest.mark.row("F-15")
@pytest.mark.parametrize("now", [RUN_OUT, RUN_OUT + 1])
def test_a_dead_holders_lease_runs_out(now: int) -> None:
    taken = after(LEASED.grant, take_lease(LEASED.grant, "attempt-2", now))
    assert (taken.lease_id, taken.lease_until) == ("attempt-2", now + LEASE_SECONDS)


@pytest.mark.row("F-15")
def test_a_refresh_may_still_be_under_way_for_some_seconds_after_its_lease() -> None:
    assert lease_runs(LEASED.grant, RUN_OUT + 59, beyond=60)
    assert not lease_runs(LEASED.grant, RUN_OUT + 60, beyond=60)
    assert not lease_runs(LEASED.grant, RUN_OUT)


@pytest.mark.row("F-15")
def test_only_one_of_many_takes_a_lease_over() -> None:
    taken = after(LEASED.grant, take_lease(LEASED.grant, "attempt-2", RUN_OUT))
    assert applied(taken, take_lease(LEASED.grant, "attempt-3", RUN_OUT)) is None


@pytest.mark.parametrize(
    "meanwhile",
    [
        {"state": GrantState.RETIRED},
        {"state": GrantState.AUTHORIZED},
        {"props_version": 2},
        {"props_version": 0},
        {"lease_until": LATER + 1},
        {"not_before": LATER + 1},
        {"lease_id": "another one's", "lease_until": LATER},
    ],
)
def test_taking_depends_on_the_props_that_were_read_and_on_nobody_holding_the_lease(
    meanwhile: dict[str, object],
) -> None:
    assert stops(MADE.grant, take_lease(MADE.grant, "attempt-1", LATER), **meanwhile)


@pytest.mark.parametrize("meanwhile", [{"lease_until": LATER}, {"not_before": LATER}, {"lease_until": NOW}])
def test_a_lease_or_a_pause_that_is_over_stands_in_nobodys_way(meanwhile: dict[str, object]) -> None:
    assert not stops(MADE.grant, take_lease(MADE.grant, "attempt-1", LATER), **meanwhile)


def test_nothing_is_refreshed_before_the_code_is_redeemed() -> None:
    assert applied(authorized().grant, take_lease(authorized().grant, "attempt-1", NOW)) is None


def test_refreshed_props_take_the_place_of_the_old_ones() -> None:
    stored = updated(LEASED, storing(LEASED))
    assert stored.grant.props_version == 2
    assert stored.grant.refreshed_by == "attempt-1"
    assert open_props(stored.grant, MADE.new.data_key) == NEWER
    assert stored.grant.lease_id is stored.grant.lease_until is stored.grant.not_before is None


@pytest.mark.row("ST-01")
def test_refreshed_props_are_not_shown() -> None:
    refreshed, update = sealed(LEASED), storing(LEASED)
    assert b"canary" not in refreshed.props
    assert repr(refreshed.props) not in f"{refreshed} {update}"


@pytest.mark.parametrize(
    "meanwhile",
    [{"state": GrantState.RETIRED}, {"state": GrantState.AUTHORIZED}, {"props_version": 2}, {"props_version": 0}],
)
def test_storing_depends_on_the_props_that_were_read(meanwhile: dict[str, object]) -> None:
    assert stops(LEASED.grant, storing(LEASED), **meanwhile)


@pytest.mark.row("F-17")
def test_storing_twice_is_seen_and_changes_nothing() -> None:
    update = storing(LEASED)
    stored = after(LEASED.grant, update)
    assert applied(stored, update) is None
    assert stored.refreshed_by == "attempt-1"


@pytest.mark.row("I1")
def test_a_late_holders_token_is_stored_while_nothing_newer_is() -> None:
    taken_over = updated(LEASED, take_lease(LEASED.grant, "attempt-2", RUN_OUT))
    stored = after(taken_over.grant, storing(LEASED))
    assert open_props(stored, MADE.new.data_key) == NEWER
    assert stored.refreshed_by == "attempt-1"


@pytest.mark.row("I1")
def test_a_late_holders_token_is_stored_after_the_lease_was_given_back() -> None:
    taken_over = after(LEASED.grant, take_lease(LEASED.grant, "attempt-2", RUN_OUT))
    released = after(taken_over, release_lease("attempt-2", not_before=RUN_OUT + 30))
    assert after(released, storing(LEASED)).not_before is None


@pytest.mark.row("F-18")
def test_a_late_holder_does_not_overwrite_what_is_newer() -> None:
    taken_over = updated(LEASED, take_lease(LEASED.grant, "attempt-2", RUN_OUT))
    newest = msgspec.structs.replace(NEWER, access_token="newest-canary")
    refreshed = seal_refreshed(taken_over.grant, newest, "attempt-2", MADE.new.data_key, ENTROPY)
    stored = after(taken_over.grant, store_refreshed(refreshed))
    assert applied(stored, storing(LEASED)) is None
    assert open_props(stored, MADE.new.data_key) == newest


@pytest.mark.row("F-10")
def test_a_stale_loser_does_not_end_the_grant_of_a_winner() -> None:
    stale_end = retire(Reason.PROVIDER_ENDED, RUN_OUT, Equals("props_version", LEASED.grant.props_version))
    assert applied(LEASED.grant, stale_end) is not None
    assert applied(after(LEASED.grant, storing(LEASED)), stale_end) is None


@pytest.mark.row("I1")
def test_a_rotation_of_ours_costs_no_refreshed_token() -> None:
    rotated_meanwhile = rotated(LEASED, LATER + 1)
    stored = after(rotated_meanwhile.grant, storing(LEASED))
    assert open_props(stored, MADE.new.data_key) == NEWER
    assert stored.refresh_hash == rotated_meanwhile.refresh.hash()


@pytest.mark.row("F-37")
def test_refreshed_props_of_a_grant_that_was_retired_are_not_stored() -> None:
    ended = after(LEASED.grant, retire(Reason.OWNER_DISCONNECTED, LATER + 1))
    assert applied(ended, storing(LEASED)) is None
    assert applied(ended, release_lease("attempt-1")) is None
    handed_over = after(ended, hand_over(sealed(LEASED)))
    assert open_props(handed_over, MADE.new.data_key) == NEWER
    assert handed_over == replace(ended, props=handed_over.props, props_version=2, lease_until=None)
    assert applied(LEASED.grant, hand_over(sealed(LEASED))) is None
    assert applied(handed_over, hand_over(sealed(LEASED))) is None


def test_a_lease_is_given_back_by_its_holder() -> None:
    released = after(LEASED.grant, release_lease("attempt-1"))
    assert released == MADE.grant
    paused = changed(LEASED, not_before=LATER)
    assert after(paused.grant, release_lease("attempt-1")).not_before == LATER


@pytest.mark.row("F-02")
def test_a_lease_is_given_back_with_a_pause_for_everyone() -> None:
    released = after(LEASED.grant, release_lease("attempt-1", not_before=LATER + 30))
    assert released == replace(MADE.grant, not_before=LATER + 30)
    assert applied(released, take_lease(released, "attempt-2", LATER + 29)) is None
    assert applied(released, take_lease(released, "attempt-2", LATER + 30)) is not None


@pytest.mark.row("F-04")
def test_a_lease_is_given_back_with_the_mark_of_a_lost_answer_until_there_is_another() -> None:
    unknown = after(LEASED.grant, release_lease("attempt-1", unknown=True))
    assert unknown == replace(MADE.grant, refresh_unknown="attempt-1")
    again = after(unknown, take_lease(unknown, "attempt-2", LATER))
    assert after(again, release_lease("attempt-2")).refresh_unknown == "attempt-1"
    assert after(again, storing(LEASED)).refresh_unknown is None


@pytest.mark.row("F-04")
def test_a_lease_is_given_back_with_the_refusal_of_a_token_that_was_in_doubt() -> None:
    released = after(LEASED.grant, release_lease("attempt-1", refused=True))
    assert released == replace(MADE.grant, refresh_unknown=REFUSED)


@pytest.mark.row("F-15", "F-16")
def test_a_lease_is_taken_over_by_who_knows_whose_it_was() -> None:
    taken_over = after(LEASED.grant, take_lease(LEASED.grant, "attempt-2", RUN_OUT))
    again = RUN_OUT + LEASE_SECONDS
    assert applied(taken_over, take_lease(LEASED.grant, "attempt-3", again)) is None
    assert applied(taken_over, take_lease(MADE.grant, "attempt-3", again)) is None
    assert applied(taken_over, take_lease(taken_over, "attempt-3", again)) is not None


def test_a_late_holder_does_not_give_back_another_ones_lease() -> None:
    taken_over = after(LEASED.grant, take_lease(LEASED.grant, "attempt-2", RUN_OUT))
    assert applied(taken_over, release_lease("attempt-1")) is None
    assert stops(LEASED.grant, release_lease("attempt-1"), lease_id=None, lease_until=None)


def test_a_lease_that_nobody_holds_is_not_given_back() -> None:
    assert applied(MADE.grant, release_lease("attempt-1")) is None
