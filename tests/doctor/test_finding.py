"""A check's finding on the operator's terminal."""

import pytest

from mailconnect.doctor.finding import CheckFailed, Finding, Unset


@pytest.mark.parametrize("remedy", [None, "look"])
def test_a_deployments_own_words_do_not_control_the_terminal(remedy: str | None) -> None:
    line = Finding("metadata", "the issuer is \x1b]0;owned\x07\r\nok    all\u202e good", remedy).line
    assert line.isprintable()
    assert "?]0;owned???ok    all? good" in line


def test_an_unset_recommendation_is_no_failure() -> None:
    unset, failure = (
        Finding.of("alarm mail", Unset("nobody is told", "set it")),
        Finding.of("key", CheckFailed("gone", "look")),
    )
    assert (unset.failed, unset.line[:4]) == (False, "warn")
    assert (failure.failed, failure.line[:4]) == (True, "FAIL")
    assert "To do: set it." in unset.line
