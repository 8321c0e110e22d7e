"""An environment for a Python client, with the packages of its requirements.txt, which need not agree with ours."""

import shutil
import sys
from pathlib import Path

from tests.peers.cache import CACHE, PeerUnavailableError, alone, run


def python_of(folder: Path) -> Path:
    """The interpreter of the environment, made or updated first where needed. Raises PeerUnavailableError."""
    uv = shutil.which("uv", path=str(Path(sys.executable).parent)) or shutil.which("uv")
    if not uv:
        raise PeerUnavailableError(f"The {folder.name} client gets an environment by uv, and this machine has none.")
    requirements, environment = folder / "requirements.txt", CACHE / folder.name
    python, stamp = environment / "bin" / "python", environment / "installed.txt"
    with alone(folder.name):
        if not stamp.exists() or stamp.read_bytes() != requirements.read_bytes():
            run([uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(environment)])
            run([uv, "pip", "sync", "--quiet", "--require-hashes", "--python", str(python), str(requirements)])
            shutil.copyfile(requirements, stamp)
    return python
