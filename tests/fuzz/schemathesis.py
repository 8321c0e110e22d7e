"""Schemathesis, which draws requests from docs/openapi.yaml, in an environment of its own."""

import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import anyio

from tests.openapi import FILE
from tests.peers.cache import CACHE, PeerUnavailableError, alone, run

_REQUIREMENTS = Path(__file__).parent / "requirements.txt"
_CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "unsupported_method",
)
_LONGEST = 3600


def schemathesis() -> Path:
    """The program, installed or updated first where needed. Raises PeerUnavailableError."""
    uv = shutil.which("uv", path=str(Path(sys.executable).parent)) or shutil.which("uv")
    if not uv:
        raise PeerUnavailableError("Schemathesis gets an environment of its own by uv, and this machine has none.")
    environment = CACHE / "schemathesis"
    python, stamp = environment / "bin" / "python", environment / "installed.txt"
    with alone("schemathesis"):
        if not stamp.exists() or stamp.read_bytes() != _REQUIREMENTS.read_bytes():
            run([uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(environment)])
            run([uv, "pip", "sync", "--quiet", "--require-hashes", "--python", str(python), str(_REQUIREMENTS)])
            shutil.copyfile(_REQUIREMENTS, stamp)
    return environment / "bin" / "schemathesis"


async def fuzzed(program: Path, url: str, examples: int, seed: int, folder: Path, *options: str) -> tuple[int, str]:
    """How it ended, and all that it wrote, the seed included. `folder` is where it keeps what it found."""
    command: Sequence[str] = [
        str(program),
        "run",
        str(FILE),
        "--url",
        url,
        "--checks",
        ",".join(_CHECKS),
        "--phases",
        "examples,coverage,fuzzing",
        "--max-examples",
        str(examples),
        "--seed",
        str(seed),
        "--max-redirects",
        "0",
        "--suppress-health-check",
        "all",
        "--warnings",
        "off",
        "--no-color",
        *options,
    ]
    with anyio.fail_after(_LONGEST):
        ended = await anyio.run_process(command, cwd=folder, stderr=subprocess.STDOUT, check=False)
    return ended.returncode, ended.stdout.decode()
