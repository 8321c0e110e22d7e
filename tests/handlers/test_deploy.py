"""`make deploy` is one command: it asks the first time by itself, and looks at the result."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from mailconnect.doctor.deploy_checks import main

INFRA = Path(__file__).parents[2] / "infra"

SAM = """#!/bin/sh
echo "sam $*" >> calls
case "$*" in *--guided*) echo 'region = "eu-central-1"' >> infra/samconfig.toml;; esac
exit ${SAM_FAILS:-0}
"""
PYTHON = """#!/bin/sh
echo "python $* in $AWS_DEFAULT_REGION" >> calls
case "$*" in *before*) exit ${STANDS_ALONE:-0};; esac
echo https://mail.example.com/mcp
"""
DOCTOR = """#!/bin/sh
echo "mailconnect $* in $AWS_DEFAULT_REGION" >> calls
exit ${DOCTOR_FAILS:-0}
"""
CONFIG = "--config-file infra/samconfig.toml"
BEFORE = "python -m mailconnect.doctor.deploy_checks before mailconnect in eu-central-1"
AFTER = "python -m mailconnect.doctor.deploy_checks after mailconnect in eu-central-1"
DOCTORED = "mailconnect doctor https://mail.example.com/mcp --stack mailconnect in eu-central-1"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "infra").mkdir()
    for name in ("deploy.sh", "samconfig.toml"):
        shutil.copy(INFRA / name, tmp_path / "infra")
    for name, text in (("bin/sam", SAM), (".venv/bin/python", PYTHON), (".venv/bin/mailconnect", DOCTOR)):
        program = tmp_path / name
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text(text)
        program.chmod(0o755)
    return tmp_path


def deploy(project: Path, **variables: str) -> tuple[int, list[str]]:
    environment = {"PATH": f"{project}/bin:{os.environ['PATH']}"} | variables
    told = subprocess.run(["infra/deploy.sh"], cwd=project, env=environment, capture_output=True, check=False)
    calls = (project / "calls").read_text().splitlines()
    (project / "calls").unlink()
    return told.returncode, calls


def test_the_first_time_it_asks_and_later_it_does_not(project: Path) -> None:
    built, deployed = f"sam build {CONFIG}", f"sam deploy {CONFIG}"
    assert deploy(project) == (0, [built, f"{deployed} --guided", AFTER, DOCTORED])
    again = [BEFORE, built, deployed, AFTER, DOCTORED]
    assert deploy(project, AWS_DEFAULT_REGION="us-east-1") == (0, again)


def test_what_does_not_build_is_not_deployed(project: Path) -> None:
    assert deploy(project, SAM_FAILS="3") == (3, [f"sam build {CONFIG}"])


def test_what_only_needs_its_operator_does_not_fail_the_first_time(project: Path) -> None:
    assert deploy(project, DOCTOR_FAILS="1")[0] == 0
    assert deploy(project, DOCTOR_FAILS="1")[0] == 1


def test_beside_the_tables_of_a_deleted_stack_nothing_is_made_unasked(project: Path) -> None:
    deploy(project)
    assert deploy(project, STANDS_ALONE="3") == (3, [BEFORE])
    assert deploy(project, STANDS_ALONE="3", ANEW="yes")[0] == 0


class CloudFormation:
    """`names` are those of the stacks that there are."""

    def __init__(self, *names: str) -> None:
        self.names = names
        self.protected: list[str] = []

    def get_paginator(self, _: str) -> Any:
        return self

    def paginate(self, **_: Any) -> list[dict[str, Any]]:
        return [{"StackSummaries": [{"StackName": name}]} for name in self.names]

    def update_termination_protection(self, *, StackName: str, EnableTerminationProtection: bool) -> None:  # noqa: N803
        assert EnableTerminationProtection
        self.protected.append(StackName)

    def describe_stacks(self, *, StackName: str) -> dict[str, Any]:  # noqa: N803
        assert StackName in self.names
        url = {"OutputKey": "McpUrl", "OutputValue": "https://mail.example.com/mcp"}
        return {"Stacks": [{"Outputs": [{"OutputKey": "Other", "OutputValue": "x"}, url]}]}


@pytest.mark.parametrize(
    ("names", "code"),
    [
        ([], 0),
        (["mailconnect", "mailconnect-State-1ABC"], 0),
        (["mailconnect-State-1ABC"], 3),
        (["another", "another-State-1ABC", "mailconnect-StateOfMind"], 0),
    ],
)
def test_tables_that_outlived_their_stack_are_told_of(
    names: list[str], code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    played = CloudFormation(*names)
    assert main(["before", "mailconnect"], lambda _: played) == code
    assert ("mailconnect-State-1ABC has the tables" in capsys.readouterr().err) is bool(code)
    assert played.protected == []


def test_what_is_deployed_cannot_be_deleted_by_a_slip(capsys: pytest.CaptureFixture[str]) -> None:
    played = CloudFormation("mailconnect")
    assert main(["after", "mailconnect"], lambda _: played) == 0
    assert played.protected == ["mailconnect"]
    assert capsys.readouterr().out == "https://mail.example.com/mcp\n"


def test_what_aws_refuses_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    def refused(_: str) -> Any:
        raise ClientError({"Error": {"Code": "AccessDenied"}}, "ListStacks")

    assert main(["before", "mailconnect"], refused) == 2
    assert capsys.readouterr().err == "AWS refused ListStacks for mailconnect (AccessDenied).\n"
