"""The token bucket for API tokens that fail, and the addresses that it applies to."""

import pytest
from starlette.requests import Request

from mailconnect.endpoints.limits import token_bucket as ceiling
from mailconnect.endpoints.limits.token_bucket import FailedTokens
from tests.bridge import TurnedClock


def come_from(address: str) -> Request:
    return Request({"type": "http", "client": (address, 1), "headers": []})


HERE = come_from("127.0.0.1")


def fail(tokens: FailedTokens, request: Request, times: int) -> None:
    for _ in range(times):
        tokens.failed(request)


def test_a_full_bucket_allows_so_many_failures_and_fills_again_one_by_one() -> None:
    clock = TurnedClock()
    tokens = FailedTokens(clock, maximum=3, seconds=60)
    fail(tokens, HERE, 2)
    assert tokens.allow(HERE)
    fail(tokens, HERE, 5)
    assert not tokens.allow(HERE)
    clock.now += 59
    assert not tokens.allow(HERE)
    clock.now += 1
    assert tokens.allow(HERE)
    fail(tokens, HERE, 1)
    assert not tokens.allow(HERE)
    clock.now += 86_400
    fail(tokens, HERE, 2)
    assert tokens.allow(HERE)
    fail(tokens, HERE, 1)
    assert not tokens.allow(HERE)


def test_tokens_that_are_taken_use_up_nothing() -> None:
    tokens = FailedTokens(TurnedClock(), maximum=1, seconds=60)
    assert all(tokens.allow(HERE) for _ in range(100))


def test_a_clock_that_goes_back_fills_nothing() -> None:
    clock = TurnedClock()
    tokens = FailedTokens(clock, maximum=1, seconds=1)
    fail(tokens, HERE, 1)
    clock.now -= 300
    assert not tokens.allow(HERE)


@pytest.mark.row("FL-08")
def test_an_address_that_has_hardly_failed_is_under_no_ceiling() -> None:
    clock = TurnedClock()
    tokens = FailedTokens(clock, maximum=3, seconds=3600)
    stranger, owner = come_from("198.18.0.1"), come_from("198.18.0.2")
    fail(tokens, stranger, 100)
    assert not tokens.allow(stranger)
    fail(tokens, owner, 2)
    assert tokens.allow(owner)
    fail(tokens, owner, 1)
    assert not tokens.allow(owner)
    clock.now += 3600
    assert tokens.allow(owner)
    fail(tokens, owner, 1)
    assert tokens.allow(owner)


@pytest.mark.row("FL-08")
def test_the_addresses_of_a_48_are_one() -> None:
    tokens = FailedTokens(TurnedClock(), maximum=1, seconds=3600)
    for number in range(3):
        tokens.failed(come_from(f"2001:db8:0:{number}::1"))
    assert not tokens.allow(come_from("2001:db8:0:99::1"))
    assert tokens.allow(come_from("2001:db8:1::1"))


def test_an_address_that_is_not_known_is_under_the_ceiling_unless_it_must_not_be() -> None:
    tokens = FailedTokens(TurnedClock(), maximum=1, seconds=3600)
    fail(tokens, HERE, 1)
    assert not tokens.allow(HERE)
    assert tokens.allow(HERE, unknown=True)


def test_so_many_addresses_are_remembered_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ceiling, "_MAX_KEPT", 5)
    tokens = FailedTokens(TurnedClock(), maximum=1, seconds=3600)
    for number in range(10):
        tokens.failed(come_from(f"198.18.0.{number}"))
    assert len(tokens._failed) == 5
