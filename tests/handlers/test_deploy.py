"""`make deploy` is one command: it asks the first time by itself, and looks at the result."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

INFRA = Path(__file__).parents[2] / "infra"

SAM = """#!/bin/sh
echo "sam $*" >> calls
case "$*" in *--guided*) echo 'region = "eu-central-1"' >> infra/samconfig.toml;; esac
exit ${SAM_FAILS:-0}
"""
PYTHON = """#!/bin/sh
echo https://mail.example.com/mcp
"""
DOCTOR = """#!/bin/sh
echo "mailconnect $* in $AWS_DEFAULT_REGION" >> calls
"""


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
    config = "--config-file infra/samconfig.toml"
    doctor = "mailconnect doctor https://mail.example.com/mcp --stack mailconnect in eu-central-1"
    assert deploy(project) == (0, [f"sam build {config}", f"sam deploy {config} --guided", doctor])
    assert deploy(project, AWS_DEFAULT_REGION="us-east-1") == (
        0,
        [f"sam build {config}", f"sam deploy {config}", doctor],
    )


def test_what_does_not_build_is_not_deployed(project: Path) -> None:
    assert deploy(project, SAM_FAILS="3") == (3, ["sam build --config-file infra/samconfig.toml"])
