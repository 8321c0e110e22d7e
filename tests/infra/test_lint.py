"""What AWS's own tools say of the templates: nothing."""

import os
import subprocess

import pytest

from tests.infra.build import run_sam
from tests.infra.environment import PROJECT, sam

pytestmark = pytest.mark.aws


def test_cfn_lint_prints_nothing() -> None:
    templates = ["template.yaml", *sorted(str(path.relative_to(PROJECT)) for path in PROJECT.glob("infra/*.yaml"))]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    told = subprocess.run(
        [sam() / "cfn-lint", *templates],
        cwd=PROJECT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert (told.returncode, told.stdout, told.stderr) == (0, "", "")


def test_sam_validate_finds_nothing() -> None:
    told = run_sam("validate", "--lint")
    assert told.returncode == 0, told.stdout + told.stderr
    # One line of praise, and no other.
    assert (told.stdout + told.stderr).strip().endswith("template.yaml is a valid SAM Template")
    assert len((told.stdout + told.stderr).strip().splitlines()) == 1
