"""Emergency commands find the stack where it was deployed, whatever AWS_REGION says on the machine."""

from pathlib import Path

import pytest

from mailconnect.cli.deploy.answers import Answers, write
from mailconnect.cli.main import _parser
from mailconnect.cli.region import region_of


@pytest.fixture(autouse=True)
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("AWS_REGION", raising=False)


def test_the_region_that_is_named_is_taken_before_the_one_of_the_answers() -> None:
    write("default", Answers("mailconnect", "eu-north-1", {}))
    assert region_of("mailconnect", None) == "eu-north-1"
    assert region_of("mailconnect", "us-east-1") == "us-east-1"


def test_a_region_that_is_not_known_is_left_to_aws() -> None:
    assert region_of("mailconnect", None) is None
    write("default", Answers("mailconnect", "eu-north-1", {}))
    write("spare", Answers("mailconnect", "eu-west-1", {}))
    assert region_of("mailconnect", None) is None
    assert region_of("another", None) is None


def test_the_region_of_the_environment_counts_where_no_other_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-west-3")
    assert region_of("mailconnect", None) == "eu-west-3"
    write("default", Answers("mailconnect", "eu-north-1", {}))
    assert region_of("mailconnect", None) == "eu-north-1"


@pytest.mark.parametrize(
    "command",
    [
        "switch no_new_grants on",
        "grants list --owner a@example.com",
        "grants disconnect --owner a@example.com",
        "grants disconnect-everybody",
        "doctor https://mail.example.com",
        "deploy",
    ],
)
def test_every_command_on_a_stack_takes_a_region(command: str) -> None:
    parsed = _parser().parse_args([*command.split(), "--stack", "mailconnect", "--region", "eu-north-1"])
    assert (parsed.stack, parsed.region) == ("mailconnect", "eu-north-1")
