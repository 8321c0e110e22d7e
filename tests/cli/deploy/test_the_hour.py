"""The operator's hour: every command of docs/deploy.md, in its order, as it stands there.

What `make` would run is run against an AWS that is played. A command of the AWS CLI is held against AWS's own
description of the operation. Nothing else may stand there but what STEPS names.
"""

import os
import re
import shlex
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import botocore.session
import pytest

from mailconnect.cli.deploy import answers, template
from mailconnect.cli.main import _parser
from tests.cli.deploy.conftest import Operator
from tests.cli.deploy.played import REGION

PROJECT = Path(__file__).parents[3]
TEXT = (PROJECT / "docs" / "deploy.md").read_text("utf-8")

STEPS = {
    'export PATH="$PWD/.venv/bin:$PATH"',
    ".venv/bin/uv tool install aws-sam-cli",
    "pipx install aws-sam-cli",
    "sam --version",
    "sam build",
    ".venv/bin/mailconnect",
    ".venv/bin/uv python install 3.13",
    "export AWS_REGION=eu-north-1",
    "git checkout TAG && make deploy",
    "key=$(openssl rand -hex 32)",
    "account=$(aws sts get-caller-identity --query Account --output text)",
}
"""Commands that are neither `make`, nor ours, nor the AWS CLI's with fixed words: other tools, and the shell."""
NEEDS_AWS = {
    ("cloudformation", "deploy"): "of the AWS CLI's own making: no operation of AWS has that name",
}
PUT_IN = {
    "REGION=eu-central-1": f"REGION={REGION}",
    "YOUR-ADDRESS": "a1.execute-api.example",
    '$(printf %s "$key" | sha256sum | cut -c1-64)': "0" * 64,
}
_BEGINS = r"make |aws |mailconnect |CONFIG_ENV=\w+ make|COMPILER= make|\.venv/|pipx |sam |git |export |key=|account="
_OF_THE_CLI = {"region", "query", "output", "cli-read-timeout", "cli-binary-format"}


@cache
def commands() -> tuple[str, ...]:
    """In their order; a command over several lines is one, and a remark is none of it."""
    found = []
    for paragraph in re.split(r"\n\s*\n", TEXT):
        lines = [line for line in paragraph.split("\n") if line.strip()]
        # In a list the text of an item is indented by two or three, and its commands by four more.
        if all(re.match(r" {4}", line) for line in lines) and re.match(rf" +(?:{_BEGINS})", lines[0] if lines else ""):
            found += _joined([re.sub(r" {2,}#.*", "", line.strip()) for line in lines])
        else:
            found += [" ".join(one.split()) for one in re.findall(rf"`((?:{_BEGINS})[^`]*)`", paragraph)]
    return tuple(found)


def _joined(lines: list[str]) -> Iterator[str]:
    whole = ""
    for line in lines:
        whole = f"{whole} {line}".strip().removesuffix("\\").strip()
        if line.endswith("\\") or whole.count("'") % 2:
            continue
        yield whole
        whole = ""
    assert not whole


MAKE = [one for one in commands() if re.match(r"(?:\w+=\w* )?make ", one)]
AWS = [one for one in commands() if one.startswith("aws ")]
OURS = [one for one in commands() if one.startswith("mailconnect ")]


def test_there_is_no_command_that_nothing_here_looks_at() -> None:
    assert {one for one in commands() if one not in {*MAKE, *AWS, *OURS}} == STEPS
    assert len(MAKE) > 10
    assert len(AWS) > 10


def typed(line: str) -> tuple[dict[str, str], list[str]]:
    """The command that `make` runs for it: the environment, and the words after `mailconnect`."""
    for placeholder, value in PUT_IN.items():
        line = line.replace(placeholder, value)
    before, _, _ = line.partition("make")
    environment = dict(one.split("=", 1) for one in before.split())
    told = subprocess.run(
        f"make -n -o .venv/.synced {line[len(before) :].removeprefix('make ')}",
        shell=True,
        cwd=PROJECT,
        env={"PATH": os.environ["PATH"]} | environment,
        capture_output=True,
        text=True,
        check=True,
    )
    program, *words = shlex.split(told.stdout)
    assert program == ".venv/bin/mailconnect", told.stdout
    return environment, words


def test_the_page_is_gone_through_from_above(operator: Operator) -> None:
    """Types what an operator without other knowledge types: Enter to each question, and yes to each change."""
    for line in MAKE:
        if line == "make test":
            continue
        environment, words = typed(line)
        what, *rest = words
        if what == "doctor":
            assert not rest or callable(_parser().parse_args(words).run)  # named alone, it is what `make deploy` runs
            continue
        assert what == "deploy"
        if "--back" in rest:  # tests/cli/deploy/test_deploy.py goes back: the played AWS publishes no versions
            assert callable(_parser().parse_args(words).run)
            continue
        first = answers.read(environment.get("CONFIG_ENV", "default")) is None and "--check" not in rest
        if "--yes" not in rest and first:
            stack = "mailconnect" if not environment else f"mailconnect-{environment['CONFIG_ENV']}"
            place = [one for one, named in (("", "--stack"), (REGION, "--region")) if named not in rest]
            operator.answers = [stack if one == "" else one for one in place]
            operator.answers += [""] * len(template.parameters())
        operator.answers += ["y"] * 4
        if "--yes" in rest:
            (Path.cwd() / answers.FILE).unlink(missing_ok=True)  # a pipeline's checkout has none
        assert operator.deploy(*rest, **environment) == 0, line
        operator.answers = []
    stacks = {one for one in operator.aws.stacks if not one.endswith(("-state", "-alarms"))}
    assert {"mailconnect", "mailconnect-test", "mailconnect-spare"} <= stacks


@pytest.mark.parametrize("line", OURS)
def test_a_command_of_ours_can_be_typed(line: str) -> None:
    words = line.replace("...", "list --owner a@example.com").split()[1:]
    assert callable(_parser().parse_args(words).run)


@pytest.mark.parametrize("line", AWS)
def test_a_command_of_the_aws_cli_names_an_operation_and_all_that_it_needs(line: str) -> None:
    _, service, name, *words = shlex.split(line)
    if (service, name) in NEEDS_AWS:
        return
    model = botocore.session.get_session().get_service_model(service)
    operation = next(one for one in model.operation_names if _kebab(one) == name)
    members = model.operation_model(operation).input_shape.members
    given = {one[2:] for one in words if one.startswith("--")}
    known = {_kebab(member): member for member in members}
    named = {one if one in known else one.removeprefix("no-") for one in given - _OF_THE_CLI}
    assert named <= {*known}
    required = {_kebab(one) for one in model.operation_model(operation).input_shape.required_members}
    assert required <= named


def _kebab(name: str) -> str:
    return botocore.xform_name(name, "-")
