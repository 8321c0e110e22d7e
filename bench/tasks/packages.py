"""Installs the peers from their registries, pinned by lock files, into a folder that git ignores. None is copied
here.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.peers.cache import PeerUnavailableError
from tests.peers.node import Node

HERE = Path(__file__).parent
FOLDER = HERE.parents[1] / ".bench-tasks"


def python_packages(name: str) -> Path:
    """The folder with the packages of peers/<name>.txt. Raises PeerUnavailableError."""
    requirements = HERE / "peers" / f"{name}.txt"
    target, stamp = FOLDER / name, FOLDER / f"{name}.installed"
    if not stamp.exists() or stamp.read_bytes() != requirements.read_bytes():
        shutil.rmtree(target, ignore_errors=True)
        FOLDER.mkdir(exist_ok=True)
        uv = str(Path(sys.executable).with_name("uv"))
        into = ["--python", sys.executable, "--target", str(target)]
        _run([uv, "pip", "install", "--quiet", "--require-hashes", "--no-build", *into, "-r", str(requirements)], HERE)
        shutil.copyfile(requirements, stamp)
    return target


def node_packages() -> tuple[Path, Path]:
    """The program node, and the folder node_modules. No package runs a script of its own at its installation."""
    node = Node.found()
    target = FOLDER / "npm"
    lock, stamp = HERE / "npm" / "package-lock.json", FOLDER / "npm.installed"
    if not stamp.exists() or stamp.read_bytes() != lock.read_bytes():
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(HERE / "npm", target)
        path = os.pathsep.join([str(node.program.parent), os.environ.get("PATH", "")])
        _run([*node.npm, "ci", "--ignore-scripts"], target, PATH=path)
        shutil.copyfile(lock, stamp)
    return node.program, target / "node_modules"


def _run(command: list[str], folder: Path, **environment: str) -> None:
    told = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    if told.returncode:
        last = (told.stderr.strip().splitlines() or ["nothing"])[-1]
        raise PeerUnavailableError(f"A peer could not be brought: {' '.join(command)} said: {last}")
