"""The commands that `make` would run for an operator; none is run."""

import os
import subprocess
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[3]


@pytest.mark.parametrize(
    ("typed", "runs"),
    [
        ("deploy", "deploy"),
        ("deploy YES=1", "deploy --yes"),
        (
            "deploy YES=1 STACK=a REGION=eu-north-1 ACCOUNT=123456789012 SET='CallsPerDay=9 Stage=test'",
            "deploy --yes --stack a --region eu-north-1 --account 123456789012 CallsPerDay=9 Stage=test",
        ),
        ("preflight REGION=eu-north-1", "deploy --check --region eu-north-1"),
        ("back", "deploy --back"),
        (
            "doctor URL=https://a.example STACK=a REGION=eu-north-1",
            "doctor https://a.example --stack a --region eu-north-1",
        ),
    ],
)
def test_a_target_is_one_command(typed: str, runs: str) -> None:
    told = subprocess.run(
        f"make -n -o .venv/.synced {typed}",
        shell=True,
        cwd=PROJECT,
        env={"PATH": os.environ["PATH"]},  # nothing of the make that may run these tests
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.split() == [".venv/bin/mailconnect", *runs.split()]
