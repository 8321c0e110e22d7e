"""The files of one machine, read as the programs that use them read them."""

import re
import shlex
import sys
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from tests.infra.environment import brought

ROOT = Path(__file__).parents[2]
CADDYFILE = ROOT / "infra" / "one-machine" / "Caddyfile"
UNIT = ROOT / "infra" / "one-machine" / "mailconnect.service"


@cache
def tools() -> Path:
    """The folder of `hadolint`, `caddy` and `check-jsonschema`. Raises EnvironmentUnavailableError."""
    return brought(".venv-self-host", Path(__file__).with_name("requirements.txt"), sys.executable)


def compose() -> dict[str, Any]:
    services: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
    return services


@cache
def dockerfile() -> tuple[tuple[tuple[str, str], ...], ...]:
    """A list of instructions for each stage, FROM being the first; continued lines are joined."""
    text = re.sub(r"^#.*\n", "", (ROOT / "Dockerfile").read_text(), flags=re.MULTILINE).replace("\\\n", " ")
    instructions = [tuple(line.split(maxsplit=1)) for line in text.splitlines() if line.strip()]
    starts = [number for number, (name, _) in enumerate(instructions) if name == "FROM"]
    ends = [*starts[1:], len(instructions)]
    return tuple(
        tuple((name, rest) for name, rest in instructions[start:end]) for start, end in zip(starts, ends, strict=True)
    )


def of(stage: int, name: str) -> list[str]:
    return [rest for instruction, rest in dockerfile()[stage] if instruction == name]


def environment_of(stage: int) -> dict[str, str]:
    words = [word for rest in of(stage, "ENV") for word in shlex.split(rest)]
    return dict(word.split("=", 1) for word in words)


def unit() -> list[tuple[str, str]]:
    lines = UNIT.read_text().splitlines()
    return [(line.split("=", 1)[0], line.split("=", 1)[1]) for line in lines if "=" in line and line[0] not in "#["]
