"""AWS's own tools find nothing wrong with the templates."""

import os
import subprocess
from pathlib import Path

import pytest

from mailconnect.cli.deploy.regions import SUPPORTED
from tests.infra.build import run_sam
from tests.infra.environment import PROJECT, sam

pytestmark = pytest.mark.aws


TEMPLATES = ["template.yaml", *sorted(str(path.relative_to(PROJECT)) for path in PROJECT.glob("infra/*.yaml"))]
BUDGET = """\
AWSTemplateFormatVersion: "2010-09-09"
Resources:
  Budget: {Type: AWS::Budgets::Budget, Properties: {Budget: {BudgetType: COST, TimeUnit: MONTHLY}}}
"""


def test_cfn_lint_prints_nothing_in_any_region_that_is_offered() -> None:
    assert linted(*TEMPLATES) == (0, "", "")


def test_a_resource_that_a_region_does_not_have_is_noticed(tmp_path: Path) -> None:
    """AWS::Budgets::Budget was in the template once, and a third of the regions would have refused all of it."""
    template = tmp_path / "budget.yaml"
    template.write_text(BUDGET)
    code, told, _ = linted(str(template))
    assert code
    assert "E3006" in told
    assert "eu-north-1" in told


def linted(*templates: str) -> tuple[int, str, str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    told = subprocess.run(
        [sam() / "cfn-lint", "--regions", *SUPPORTED, "--", *templates],
        cwd=PROJECT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    return told.returncode, told.stdout, told.stderr


def test_sam_validate_finds_nothing() -> None:
    told = run_sam("validate", "--lint")
    assert told.returncode == 0, told.stdout + told.stderr
    # One line of praise, and no other.
    assert (told.stdout + told.stderr).strip().endswith("template.yaml is a valid SAM Template")
    assert len((told.stdout + told.stderr).strip().splitlines()) == 1
