"""What a check says, on the operator's terminal."""

import pytest

from handlers.doctor.finding import Finding


@pytest.mark.parametrize("remedy", [None, "look"])
def test_what_a_deployment_says_of_itself_does_not_write_to_the_terminal(remedy: str | None) -> None:
    line = Finding("metadata", "the issuer is \x1b]0;owned\x07\r\nok    all\u202e good", remedy).line
    assert line.isprintable()
    assert "?]0;owned???ok    all? good" in line
