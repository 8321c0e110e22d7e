"""AWS's SAM CLI, for what it is good at: to build the functions, and to put them into a bucket."""

import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

from mailconnect.cli.subcommand import CommandFailed

Run = Callable[[Sequence[str]], int]
_BUILT = ".aws-sam/build/template.yaml"
_PACKAGED = Path(".aws-sam/packaged.yaml")
BUCKET_STACK = "aws-sam-cli-managed-default"
"""The stack of the bucket that SAM makes for itself."""


def run(command: Sequence[str]) -> int:
    if shutil.which(command[0]) is None:
        raise CommandFailed(f"{command[0]} is not there: .venv/bin/uv tool install aws-sam-cli")
    return subprocess.run(command, check=False).returncode  # noqa: S603 - ours, word by word


def packaged(call: Run, region: str) -> Path:
    """The template whose functions are in SAM's bucket. Raises CommandFailed."""
    for command in (
        ("sam", "build"),
        (
            *("sam", "package", "--template-file", _BUILT, "--resolve-s3", "--region", region),
            *("--output-template-file", str(_PACKAGED)),
        ),
    ):
        code = call(command)
        if code:
            raise CommandFailed(f"{' '.join(command[:2])} failed ({code}), and nothing was deployed; it says why above")
    return _PACKAGED
