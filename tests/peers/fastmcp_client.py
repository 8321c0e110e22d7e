"""FastMCP's client, with the packages of fastmcp/requirements.txt, which need not agree with ours."""

import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.peers.browser import browser
from tests.peers.cache import CACHE, PeerUnavailableError, alone, run
from tests.peers.client import AskThePerson
from tests.peers.piped_client import PipedClient, piped_client
from tests.peers.running_bridge import RunningBridge

_FOLDER = Path(__file__).parent / "fastmcp"


def fastmcp_python() -> Path:
    """The interpreter of its environment, made or renewed first where needed. Raises PeerUnavailableError."""
    uv = shutil.which("uv", path=str(Path(sys.executable).parent)) or shutil.which("uv")
    if not uv:
        raise PeerUnavailableError("FastMCP's client gets an environment of its own by uv, and this machine has none.")
    requirements, environment = _FOLDER / "requirements.txt", CACHE / "fastmcp"
    python, stamp = environment / "bin" / "python", environment / "installed.txt"
    with alone("fastmcp"):
        if not stamp.exists() or stamp.read_bytes() != requirements.read_bytes():
            run([uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(environment)])
            run([uv, "pip", "sync", "--quiet", "--require-hashes", "--python", str(python), str(requirements)])
            shutil.copyfile(requirements, stamp)
    return python


@asynccontextmanager
async def fastmcp_client(
    python: Path, home: Path, mode: str, bridge: RunningBridge, ask: AskThePerson
) -> AsyncIterator[PipedClient]:
    """`mode` is auto or legacy."""
    assert bridge.relay
    sent = bridge.relay.listen()
    command = [str(python), "-I", str(_FOLDER / "peer.py"), bridge.mcp_url, mode, bridge.document or ""]
    async with (
        browser(home, ask) as environment,
        piped_client(command, ask, environment | {"FASTMCP_LOG_LEVEL": "WARNING"}) as client,
    ):
        client.sent = sent
        yield client
