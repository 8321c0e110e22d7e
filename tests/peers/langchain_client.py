"""LangChain's MCP adapters, with the packages of langchain/requirements.txt."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.peers.client import AskThePerson
from tests.peers.piped_client import PipedClient, piped_client
from tests.peers.running_bridge import RunningBridge

FOLDER = Path(__file__).parent / "langchain"


@asynccontextmanager
async def langchain_client(python: Path, bridge: RunningBridge, ask: AskThePerson) -> AsyncIterator[PipedClient]:
    assert bridge.relay
    sent = bridge.relay.listen()
    command = [str(python), "-I", str(FOLDER / "agent.py"), bridge.mcp_url, bridge.document or ""]
    async with piped_client(command, ask) as client:
        client.sent = sent
        yield client
