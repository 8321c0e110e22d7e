"""`sam build`, for this machine: the artifacts that go to AWS hold another processor's code, so they are built anew."""

import os
import subprocess
from pathlib import Path

from tests.infra.environment import ON_AWS, PROJECT, interpreter, sam, version

_OFFLINE = {"SAM_CLI_TELEMETRY": "0", "AWS_DEFAULT_REGION": "eu-central-1", "AWS_EC2_METADATA_DISABLED": "true"}


def run_sam(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Without credentials, even if the environment has some."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_") or "CA" in name}
    return subprocess.run(
        [sam() / "sam", *arguments],
        cwd=PROJECT,
        env=environment | _OFFLINE | variables,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )


def built_here(folder: Path) -> Path:
    """The artifacts, each in a folder of its logical id, for this machine's processor and Python."""
    python = interpreter()
    here = {"TARGET_PLATFORM": "", "TARGET_PYTHON": version(python), "COMPILER": python}
    told = run_sam("build", "--build-dir", str(folder), **here)
    assert told.returncode == 0, told.stderr
    return folder


def built_for_lambda(folder: Path) -> Path:
    """Without bytecode where this machine has no Python of Lambda's version."""
    python = interpreter()
    told = run_sam("build", "--build-dir", str(folder), COMPILER=python if version(python) == ON_AWS else "")
    assert told.returncode == 0, told.stderr
    return folder
