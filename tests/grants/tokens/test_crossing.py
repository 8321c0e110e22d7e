"""A refresh token that two networks use in turn is found, and no normal behaviour of an assistant is taken for that."""

from dataclasses import replace

import pytest

from mailconnect.grants.decision import Issued, Refused, Repeat
from mailconnect.grants.grant import Grant
from mailconnect.grants.retirement import Reason, revoke
from mailconnect.grants.tokens.crossing import crossed, network_tag
from tests.grants.scenario import (
    ENTROPY,
    LIFETIMES,
    NOW,
    Connection,
    active,
    after,
    rotating,
    stops,
    tokens,
    updated,
)

HOME, THIEF, OFFICE, ELSEWHERE = "4 198.51.0.0/16", "4 203.0.0.0/16", "4 192.0.0.0/16", "4 100.64.0.0/16"
HOME_6, THIEF_6 = "6 2001:db8::/32", "6 2001:dba::/32"
MADE = active()
HOUR = 3600


class Ended(Exception):
    """The grant was retired as shared."""


def rotates(life: Connection, network: str | None, now: int) -> Connection:
    decision = rotating(life, life.refresh, now, network=network)
    return replace(updated(life, decision.update), pairs=(*life.pairs, tokens(decision)))


def repeats(life: Connection, network: str | None, now: int, generation: int = -2) -> tuple[Connection, Repeat | None]:
    """Of the token before the newest, unless an older one is named. Raises Ended."""
    presented = life.pairs[generation].refresh
    assert presented is not None
    decision = rotating(life, presented, now, network=network)
    if isinstance(decision, Refused):
        assert decision.error.reason == "refresh_token_shared"
        assert after(life.grant, decision.update).retired_reason is Reason.REFRESH_SHARED
        raise Ended
    assert decision.tokens == life.pairs[-1]
    return (updated(life, decision.update) if decision.update else life), decision.repeat


def rounds(*networks: tuple[str | None, str | None], apart: int = HOUR, later: int = 10) -> int:
    """How many rounds are answered, each of a rotation from one network and a repeat from another."""
    life, now = MADE, NOW + HOUR
    for number, (first, second) in enumerate(networks):
        life = rotates(life, first, now)
        try:
            life, _ = repeats(life, second, now + later)
        except Ended:
            return number
        now += apart
    return len(networks)


@pytest.mark.row("TK-28")
@pytest.mark.parametrize("later", [0, 1, 59])
def test_a_thief_who_keeps_within_the_minute_is_found_in_the_third_round(later: int) -> None:
    assert rounds(*[(HOME, THIEF)] * 9, later=later) == 2
    assert rounds(*[(THIEF, HOME)] * 9, later=later) == 2
    assert rounds((HOME, THIEF), (THIEF, HOME), (HOME, THIEF), later=later) == 2
    assert rounds(*[(HOME_6, THIEF_6)] * 9, later=later) == 2


@pytest.mark.row("TK-28")
def test_a_thief_is_found_though_the_person_travels() -> None:
    assert rounds((HOME, THIEF), (OFFICE, THIEF), (HOME, THIEF)) == 2


@pytest.mark.row("TK-28")
def test_a_thief_is_found_though_the_thief_travels() -> None:
    assert rounds((HOME, THIEF), (HOME, ELSEWHERE), (OFFICE, HOME)) == 2


@pytest.mark.row("TK-28")
def test_parallel_sessions_of_one_machine_go_on_for_ever() -> None:
    """Claude Code: each of them holds the token that another has used already."""
    assert rounds(*[(HOME, HOME)] * 50) == 50


@pytest.mark.row("TK-28")
def test_a_machine_with_both_families_goes_on_for_ever() -> None:
    assert rounds(*[(HOME, HOME_6), (HOME_6, HOME)] * 20) == 40


@pytest.mark.row("TK-28")
@pytest.mark.parametrize("pair", [(None, None), (HOME, None), (None, THIEF)])
def test_where_a_network_is_not_known_nothing_is_concluded(pair: tuple[str | None, str | None]) -> None:
    assert rounds(*[pair] * 20) == 20


@pytest.mark.row("TK-28")
def test_a_company_that_calls_from_many_networks_goes_on_for_ever() -> None:
    assert rounds(*[(f"4 10.{2 * n}.0.0/16", f"4 10.{2 * n + 1}.0.0/16") for n in range(60)]) == 60


@pytest.mark.row("TK-28")
def test_a_round_without_a_crossing_breaks_the_row() -> None:
    assert rounds(*[(HOME, THIEF), (HOME, THIEF), (HOME, HOME)] * 9) == 27


@pytest.mark.row("TK-28")
def test_a_round_without_a_repeat_breaks_the_row() -> None:
    life, now = MADE, NOW + HOUR
    for _ in range(9):
        for _ in range(2):
            life = rotates(life, HOME, now)
            life, _ = repeats(life, THIEF, now + 10)
            now += HOUR
        life = rotates(life, HOME, now)
        now += HOUR
    assert life.grant.crossings == 2


@pytest.mark.row("TK-28")
def test_rotations_within_one_grace_time_are_one_round() -> None:
    """Calls that race may rotate several times: that is one burst, and no row."""
    assert rounds(*[(HOME, THIEF)] * 30, apart=5, later=1) == 30
    assert rounds(*[(HOME, THIEF)] * 30, apart=59, later=1) == 30
    assert rounds(*[(HOME, THIEF)] * 30, apart=60, later=1) == 2


@pytest.mark.row("TK-28")
def test_a_second_rotation_in_the_round_hides_no_crossing() -> None:
    """A thief who rotates twice at once leaves the owner a token two generations old."""
    life, now = MADE, NOW + HOUR
    for number in range(3):
        life = rotates(rotates(life, THIEF, now), THIEF, now + 20)
        if number == 2:
            with pytest.raises(Ended):
                repeats(life, HOME, now + 30, generation=-3)
            return
        life, repeat = repeats(life, HOME, now + 30, generation=-3)
        assert repeat is Repeat.ELSEWHERE
        now += HOUR


@pytest.mark.row("TK-28")
def test_giving_the_access_token_back_hides_no_crossing() -> None:
    life, now = MADE, NOW + HOUR
    for number in range(3):
        life = rotates(life, HOME, now)
        lean = updated(life, revoke(life.grant, life.access.text, life.grant.client_id, now))
        decision = rotating(lean, life.old_refresh, now + 10, network=THIEF)
        if number == 2:
            assert isinstance(decision, Refused)
            return
        assert isinstance(decision, Issued)
        assert decision.repeat is Repeat.ELSEWHERE
        life = replace(updated(lean, decision.update), pairs=(*life.pairs, tokens(decision)))
        assert life.grant.crossings == number + 1
        now += HOUR


@pytest.mark.row("TK-28")
def test_an_access_token_given_back_hides_no_crossing_where_a_clock_went_back() -> None:
    """The newest rotation's grace time is then over before that of the rotation before it."""
    now = NOW + HOUR
    life = rotates(rotates(MADE, HOME, now + 30), HOME, now)
    lean = updated(life, revoke(life.grant, life.access.text, life.grant.client_id, now))
    noted = after(lean.grant, rotating(lean, MADE.refresh, now + 65, network=THIEF).update)
    assert (noted.crossings, len((noted.crossed or "").split())) == (1, 2)


@pytest.mark.row("TK-28")
def test_a_shared_grant_ends_at_the_repeat_unless_the_round_changed_meanwhile() -> None:
    life, now = MADE, NOW + HOUR
    for _ in range(2):
        life, _ = repeats(rotates(life, HOME, now), THIEF, now + 10)
        now += HOUR
    life = rotates(life, HOME, now)
    decision = rotating(life, life.old_refresh, now + 10, network=THIEF)
    assert after(life.grant, decision.update).retired_at == now + 10
    for meanwhile in ({"crossed_at": now + 9}, {"refresh_hash": "0" * 64}):
        assert stops(life.grant, decision.update, **meanwhile)


@pytest.mark.row("TK-28")
def test_no_repeat_from_a_network_that_is_unknown_or_after_one_is_a_crossing() -> None:
    life = rotates(MADE, HOME, NOW + HOUR)
    assert crossed(life.grant, None, NOW + HOUR + 1) == {}
    unknown = rotates(MADE, None, NOW + HOUR)
    assert crossed(unknown.grant, life.grant.rotated_from, NOW + HOUR + 1) == {}


@pytest.mark.row("TK-28")
@pytest.mark.parametrize("apart", [5, HOUR])
def test_a_rotation_from_an_unknown_network_forgets_the_network_before_it(apart: int) -> None:
    life = rotates(rotates(MADE, HOME, NOW + HOUR), None, NOW + HOUR + apart)
    assert life.grant.rotated_from is None
    assert repeats(life, THIEF, NOW + HOUR + apart + 1)[1] is Repeat.BESIDE


def test_a_repeat_of_which_one_network_is_unknown_is_answered_without_the_data_key() -> None:
    """A grant whose wrap of the data key is spoilt still answers it."""
    for first, second in ((HOME, None), (None, HOME)):
        life = rotates(MADE, first, NOW + HOUR)
        spoilt = replace(life, grant=replace(life.grant, refresh_wrap=b""))
        assert repeats(spoilt, second, NOW + HOUR + 1)[1] is Repeat.BESIDE


@pytest.mark.row("TK-28")
def test_of_two_crossings_at_once_one_is_noted() -> None:
    life = rotates(MADE, HOME, NOW + HOUR)
    one, other = (rotating(life, MADE.refresh, NOW + HOUR + 1, network=THIEF) for _ in range(2))
    noted = updated(life, one.update)
    assert other.update is not None
    with pytest.raises(AssertionError):
        after(noted.grant, other.update)
    assert rotating(noted, MADE.refresh, NOW + HOUR + 1, network=THIEF).update is None


def test_a_repeat_says_whether_it_came_from_elsewhere() -> None:
    life = rotates(MADE, HOME, NOW + HOUR)
    for network, repeat in ((HOME, Repeat.BESIDE), (None, Repeat.BESIDE), (THIEF, Repeat.ELSEWHERE)):
        assert repeats(life, network, NOW + HOUR + 1)[1] is repeat


@pytest.mark.row("TK-28")
def test_a_grant_of_an_earlier_version_begins_a_row_with_its_next_rotation() -> None:
    assert MADE.grant.rotated_from is MADE.grant.crossings is None
    life, repeat = repeats(rotates(MADE, None, NOW + HOUR), THIEF, NOW + HOUR + 1)
    assert repeat is Repeat.BESIDE
    assert _row(life.grant) == (None, None, None, None)


def test_the_end_leaves_nothing_of_networks() -> None:
    life, _ = repeats(rotates(MADE, HOME, NOW + HOUR), THIEF, NOW + HOUR + 1)
    assert None not in _row(life.grant)
    later = rotating(rotates(life, HOME, NOW + 3 * HOUR), life.old_refresh, NOW + 4 * HOUR)
    assert _row(after(rotates(life, HOME, NOW + 3 * HOUR).grant, later.update)) == (None, None, None, None)


@pytest.mark.row("ST-13")
def test_a_networks_tag_is_another_one_in_each_grant_and_under_each_key() -> None:
    keys = [ENTROPY(32) for _ in range(2)]
    tags = {network_tag(HOME, grant_id, key) for key in keys for grant_id in ("a", "b")}
    assert len(tags) == 4
    assert all(tag[:2] == "4:" and len(tag) == 6 for tag in tags)
    assert network_tag(HOME, "a", keys[0]) == network_tag(HOME, "a", keys[0])
    assert LIFETIMES.refresh_grace == 60


def test_a_networks_tag_is_the_same_in_every_release() -> None:
    """Earlier releases made the stored tags, which are compared with those of this release."""
    assert network_tag(HOME, "a grant", bytes(32)) == "4:489f"


def _row(grant: Grant) -> tuple[object, ...]:
    return grant.rotated_from, grant.crossed, grant.crossings, grant.crossed_at
