"""Deployments that go to another's account or bucket, and answers that want to be more than values."""

from pathlib import Path

import pytest

from mailconnect.cli.deploy import answers, sam
from mailconnect.cli.subcommand import CommandFailed
from tests.cli.deploy.conftest import Operator
from tests.cli.deploy.played import ACCOUNT, REGION

OTHER = "999999999999"


def made(operator: Operator) -> int:
    return len(operator.aws.cloudformation.did) + len(operator.aws.others.did) + len(operator.aws.others.uploaded)


@pytest.mark.row("DP-14")
@pytest.mark.parametrize("words", [("--yes",), ("--yes", "CallsPerDay=9"), ("--check",), ("--back",), ()])
def test_another_accounts_credentials_change_nothing(operator: Operator, words: tuple[str, ...]) -> None:
    assert operator.deploy("--yes") == 0
    before = made(operator)
    kept = answers.FILE.read_text()
    operator.aws.others.account = OTHER
    with pytest.raises(CommandFailed, match=f"in the AWS account {ACCOUNT}, and the credentials are of {OTHER}"):
        operator.deploy(*words)
    assert made(operator) == before
    assert answers.FILE.read_text() == kept
    assert operator.asked == []


@pytest.mark.row("DP-14")
def test_a_pipeline_without_answers_names_its_account(operator: Operator) -> None:
    with pytest.raises(CommandFailed, match=OTHER):
        operator.deploy("--yes", "--account", OTHER)
    assert made(operator) == 0
    assert not answers.FILE.exists()
    assert operator.deploy("--yes", "--account", ACCOUNT) == 0


@pytest.mark.row("DP-14")
def test_answers_of_an_older_version_learn_the_account(operator: Operator) -> None:
    operator.deploy("--yes")
    text = answers.FILE.read_text()
    answers.FILE.write_text("".join(line for line in text.splitlines(keepends=True) if "account" not in line))
    assert operator.deploy("--yes") == 0
    found = answers.read("default")
    assert found
    assert found.account == ACCOUNT


@pytest.mark.row("DP-15")
def test_nothing_is_put_into_a_bucket_of_another_account(operator: Operator) -> None:
    operator.aws.others.bucket_owner = OTHER
    with pytest.raises(CommandFailed, match="is not this account's"):
        operator.deploy("--yes")
    assert operator.sam.ran == []
    assert operator.aws.others.uploaded == []
    operator.aws.others.bucket_owner = ACCOUNT
    assert operator.deploy("--yes") == 0


HOSTILE = [
    'x"\n[default]\nstack = "other"',
    "$(touch pwned)",
    "`touch pwned`; touch pwned",
    "--profile=other",
    "a\u2028b\x7f\\",
]


@pytest.mark.row("DP-16")
@pytest.mark.parametrize("value", HOSTILE)
def test_an_answer_is_one_value_whatever_it_holds(tmp_path: Path, value: str) -> None:
    file = tmp_path / "deployments.toml"
    answers.write(value, answers.Answers("mailconnect", REGION, {"ServiceName": value}, ACCOUNT), file)
    found = answers.read(value, file)
    assert found == answers.Answers("mailconnect", REGION, {"ServiceName": value}, ACCOUNT)
    assert answers.read("default", file) is None


@pytest.mark.row("DP-16")
@pytest.mark.parametrize("word", ["--stack", "--region", "--account"])
@pytest.mark.parametrize("value", ["$(touch pwned)", "a; touch pwned", "../x", "--yes=1", "eu-north-1.evil.example/"])
def test_a_name_or_a_place_that_is_none_is_refused(operator: Operator, word: str, value: str) -> None:
    with pytest.raises(CommandFailed):
        operator.deploy("--yes", f"{word}={value}")
    assert made(operator) == 0
    assert operator.sam.ran == []


@pytest.mark.row("DP-16", "DP-05")
def test_a_command_that_is_run_has_no_answer_in_its_words_and_no_shell(operator: Operator) -> None:
    """Other users of the machine see the words of each process."""
    words: list[str] = []
    sam.packaged(lambda command: (words.extend(command), operator.sam(command))[1], REGION)
    assert {*words} <= {
        "sam",
        "build",
        "package",
        "--template-file",
        ".aws-sam/build/template.yaml",
        "--resolve-s3",
        "--region",
        REGION,
        "--output-template-file",
        ".aws-sam/packaged.yaml",
    }
