"""`mailconnect doctor` as an operator types it, before the bridge that `mailconnect serve` runs."""

import pytest

from mailconnect.cli.doctor import _issuer
from mailconnect.cli.main import main


@pytest.mark.parametrize(
    "url", ["https://Mail.example.com", "https://mail.example.com/", "https://mail.example.com/mcp"]
)
def test_the_address_may_be_given_as_people_copy_it(url: str) -> None:
    assert _issuer(url) == "https://mail.example.com"


@pytest.mark.parametrize(
    "url",
    ["mail.example.com", "ftp://a.example", "https://", "https://a.example/b", "https://u@a.example", "https://[a"],
)
def test_a_text_that_is_no_address_is_exit_code_2(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", url], {}) == 2
    assert "is no address" in capsys.readouterr().err


def test_where_nobody_listens_is_exit_code_1_and_said_once(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "http://127.0.0.1:1"], {}) == 1
    told = capsys.readouterr().out
    assert told.count("brought no answer") == 1
    assert told.endswith("\n14 checks, 1 failed.\n")
