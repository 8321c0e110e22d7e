"""FastMCP's client, with the packages of fastmcp/requirements.txt."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.peers.browser import browser
from tests.peers.client import AskThePerson
from tests.peers.piped_client import PipedClient, piped_client
from tests.peers.running_bridge import RunningBridge

FOLDER = Path(__file__).parent / "fastmcp"


@asynccontextmanager
async def fastmcp_client(
    python: Path, home: Path, mode: str, bridge: RunningBridge, ask: AskThePerson
) -> AsyncIterator[PipedClient]:
    """`mode` is auto or legacy."""
    assert bridge.relay
    sent = bridge.relay.listen()
    command = [str(python), "-I", str(FOLDER / "peer.py"), bridge.mcp_url, mode, bridge.document or ""]
    async with (
        browser(home, ask) as environment,
        piped_client(command, ask, environment | {"FASTMCP_LOG_LEVEL": "WARNING"}) as client,
    ):
        client.sent = sent
        yield client
