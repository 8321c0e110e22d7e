"""Obstacles are found before anything is made, and reported with the command that mends them."""

from collections.abc import Callable

import pytest

from mailconnect.cli.subcommand import CommandFailed
from tests.cli.deploy.conftest import Operator
from tests.cli.deploy.played import REGION, Aws, Stack


def _limited(aws: Aws) -> None:
    aws.others.limit, aws.others.free = 10, 10


def _one_right_less(aws: Aws) -> None:
    aws.others.denied = {"kms:CreateKey"}


def _no_login(aws: Aws) -> None:
    aws.others.refuses = {"GetCallerIdentity": "ExpiredToken"}


def _another_zone(aws: Aws) -> None:
    aws.others.zone = "example.net."


def _no_zone(aws: Aws) -> None:
    aws.others.zone = ""


def _a_role(aws: Aws) -> None:
    aws.others.roles = {f"mailconnect-{REGION}-web"}


def _a_log_group(aws: Aws) -> None:
    aws.others.groups = ["/aws/lambda/mailconnect-web", "/aws/lambda/mailconnect-website"]


def _the_older_layout(aws: Aws) -> None:
    aws.cloudformation.stacks["mailconnect-State-1ABC"] = Stack("mailconnect-State-1ABC", "UPDATE_COMPLETE")


FAILING: dict[str, tuple[Callable[[Aws], None], str]] = {
    "FAIL  concurrency": (_limited, "aws service-quotas request-service-quota-increase"),
    "FAIL  rights": (_one_right_less, "not allowed: kms:CreateKey"),
    "FAIL  credentials": (_no_login, "aws sts get-caller-identity"),
    "FAIL  zone": (_another_zone, "is the zone of example.net"),
    "FAIL  zone ": (_no_zone, "is no zone of this account"),
    "FAIL  names": (_a_role, f"aws iam delete-role --role-name mailconnect-{REGION}-web"),
    "FAIL  names ": (_a_log_group, "the log group /aws/lambda/mailconnect-web is there"),
    "FAIL  orphans": (_the_older_layout, "From the layout of before"),
}


@pytest.mark.parametrize("line", FAILING)
def test_a_deployment_that_would_fail_half_way_fails_before_the_start(
    operator: Operator, capsys: pytest.CaptureFixture[str], line: str
) -> None:
    broken, remedy = FAILING[line]
    broken(operator.aws)
    with pytest.raises(CommandFailed, match="Nothing was made"):
        operator.deploy("--yes", "DomainName=mail.example.com", "HostedZoneId=Z1")
    told = capsys.readouterr().out
    assert remedy in told
    assert line.strip() in told
    assert operator.sam.ran == []
    assert not [name for name in operator.aws.stacks if not name.startswith("mailconnect-State")]


def test_a_check_makes_nothing_and_asks_nothing(operator: Operator, capsys: pytest.CaptureFixture[str]) -> None:
    assert operator.deploy("--check") == 0
    told = capsys.readouterr().out
    assert [line[6:19].strip() for line in told.splitlines()] == [
        "region",
        "credentials",
        "rights",
        "concurrency",
        "zone",
        "budget",
        "names",
        "orphans",
    ]
    assert all(line.startswith("ok    ") for line in told.splitlines())
    assert operator.aws.stacks == {}
    assert operator.asked == []


@pytest.mark.parametrize("region", ["cn-north-1", "us-gov-west-1", "ap-east-2", "ap-southeast-6", "nowhere-1"])
def test_a_region_that_nobody_looked_at_is_refused(operator: Operator, region: str) -> None:
    with pytest.raises(CommandFailed, match="Nothing was made"):
        operator.deploy("--check", "--region", region)


def test_rights_that_iam_does_not_tell_are_a_warning(operator: Operator, capsys: pytest.CaptureFixture[str]) -> None:
    operator.aws.others.refuses = {"SimulatePrincipalPolicy": "AccessDenied", "DescribeBudgets": "AccessDenied"}
    assert operator.deploy("--check", "AlarmEmail=me@example.com") == 0
    told = capsys.readouterr().out
    assert "warn  rights" in told
    assert "warn  budget" in told


def test_keys_and_tables_that_an_older_attempt_left_are_told_of(
    operator: Operator, capsys: pytest.CaptureFixture[str]
) -> None:
    operator.aws.others.keys = {"elsewhere": "Enabled", "left": "Enabled", "going": "PendingDeletion"}
    assert operator.deploy("--check") == 0
    assert "warn  orphans       the keys left belong to no stack" in capsys.readouterr().out
    operator.aws.others.keys = {}
    operator.aws.others.tables = ["mailconnect-state-Grants-1ABC", "another"]
    assert operator.deploy("--check") == 0
    assert "warn  orphans       the tables mailconnect-state-Grants-1ABC belong to no stack" in capsys.readouterr().out


def test_concurrency_that_is_reserved_already_is_not_asked_for_twice(operator: Operator) -> None:
    operator.deploy("--yes")
    operator.aws.others.free = 1000 - 114
    assert operator.deploy("--check") == 0
    operator.aws.others.limit, operator.aws.others.free = 220, 106
    assert operator.deploy("--check") == 0


def test_reserving_nothing_asks_for_nothing(operator: Operator) -> None:
    operator.aws.others.limit = operator.aws.others.free = 10
    assert operator.deploy("--check", "ReserveConcurrency=no") == 0
