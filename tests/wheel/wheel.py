"""The wheel, built from this checkout, and an environment into which it alone was installed."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
UV = Path(sys.executable).with_name("uv")


def build(folder: Path) -> Path:
    _uv("build", "--quiet", "--wheel", "--out-dir", str(folder), str(ROOT))
    [wheel] = folder.glob("*.whl")
    return wheel


def install(wheel: Path, environment: Path) -> Path:
    """The new environment's folder of programs. The wheel's dependencies have the versions of uv.lock."""
    locked = environment.with_suffix(".constraints.txt")
    _uv("export", "--quiet", "--frozen", "--no-dev", "--no-emit-project", "--no-hashes", "--output-file", str(locked))
    _uv("venv", "--quiet", "--python", sys.executable, str(environment))
    programs = environment / "bin"
    _uv("pip", "install", "--quiet", "--python", str(programs / "python"), "--constraints", str(locked), str(wheel))
    return programs


def _uv(*arguments: str) -> None:
    inherited = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    told = subprocess.run(
        [UV, *arguments], cwd=ROOT, env=inherited, capture_output=True, text=True, check=False, timeout=300
    )
    assert told.returncode == 0, told.stderr
