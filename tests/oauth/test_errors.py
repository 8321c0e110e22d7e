"""The details that an error carries to the endpoint."""

import pytest

from mailconnect.oauth.errors import (
    AuthorizationError,
    InvalidRequest,
    RedirectableError,
    SwitchedOff,
    TemporarilyUnavailable,
    TooManyRequests,
)


def test_a_refusal_has_its_description() -> None:
    assert InvalidRequest("why").description == "why"


@pytest.mark.parametrize("error", [InvalidRequest("why"), AuthorizationError("why"), TooManyRequests("why", 1)])
def test_one_that_nobody_caught_says_why(error: Exception) -> None:
    assert str(error) == "why"


@pytest.mark.parametrize("error", [TemporarilyUnavailable("why", 300), SwitchedOff("why")])
def test_where_nothing_was_decided_there_is_a_time_to_try_again(error: TemporarilyUnavailable) -> None:
    assert (error.description, error.retry_after) == ("why", 300)


def test_an_error_for_a_client_carries_its_redirect_uri_and_state() -> None:
    refusal = RedirectableError("invalid_scope", "Why.", redirect_uri="https://app.example/cb", state="s")
    assert (str(refusal), refusal.sentence) == ("Why.", "Why.")
    assert (refusal.code, refusal.redirect_uri, refusal.state) == ("invalid_scope", "https://app.example/cb", "s")
