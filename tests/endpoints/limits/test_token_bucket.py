"""The ceiling on what strangers may cause."""

from mailconnect.endpoints.limits.token_bucket import Ceiling
from tests.bridge import START, TurnedClock


def test_a_full_bucket_allows_so_many_tries_and_no_more() -> None:
    ceiling = Ceiling(TurnedClock(), most=3, seconds=60)
    assert [ceiling.allows() for _ in range(5)] == [True, True, True, False, False]


def test_it_fills_again_one_by_one_and_never_over_the_brim() -> None:
    clock = TurnedClock()
    ceiling = Ceiling(clock, most=2, seconds=60)
    assert [ceiling.allows() for _ in range(3)] == [True, True, False]
    clock.now += 59
    assert not ceiling.allows()
    clock.now += 1
    assert [ceiling.allows() for _ in range(2)] == [True, False]
    clock.now += 86_400
    assert [ceiling.allows() for _ in range(3)] == [True, True, False]


def test_a_clock_that_goes_back_fills_nothing() -> None:
    clock = TurnedClock(START)
    ceiling = Ceiling(clock, most=1, seconds=1)
    assert ceiling.allows()
    clock.now -= 300
    assert not ceiling.allows()
