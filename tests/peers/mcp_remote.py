"""`mcp-remote`, which stands between a host that speaks only to local servers, and a remote one that asks for OAuth."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import mcp
from mcp.client.stdio import StdioServerParameters, stdio_client

from tests.peers.browser import browser
from tests.peers.client import AskThePerson, Connected, Credentials
from tests.peers.node import PACKAGES, Node
from tests.peers.running_bridge import RunningBridge

_PROGRAM = PACKAGES / "node_modules" / "mcp-remote" / "dist" / "proxy.js"


class McpRemote:
    """The host beside it is the official Python SDK."""

    def __init__(self, host: mcp.Client, home: Path, sent: list[str], document: str | None) -> None:
        self.sent = sent
        self._document = document
        self._host = host
        self._home = home

    async def connect(self) -> Connected:
        listed = await self._host.list_tools()
        tools = [tool.name for tool in listed.tools]
        return Connected(self._host.protocol_version, self._host.instructions, tools)

    async def call(self, *tools: str, **arguments: Any) -> list[dict[str, Any]]:
        results = await asyncio.gather(*(self._host.call_tool(tool, arguments) for tool in tools))
        return [result.model_dump(mode="json", by_alias=True, exclude_none=True) for result in results]

    async def credentials(self) -> Credentials:
        tokens = self._stored("tokens")
        client_id = self._document or self._stored("client_info")["client_id"]
        return Credentials(client_id, tokens["access_token"], tokens["refresh_token"])

    async def believes_expired(self) -> bool:
        return bool(self._stored("tokens")["expires_at"] <= time.time() * 1000)

    def _stored(self, what: str) -> dict[str, Any]:
        [file] = self._home.rglob(f"*_{what}.json")
        return dict(json.loads(file.read_text()))


@asynccontextmanager
async def mcp_remote(
    node: Node, home: Path, protocol: str, bridge: RunningBridge, ask: AskThePerson
) -> AsyncIterator[McpRemote]:
    """`protocol` is what it speaks with the bridge: legacy, or auto; the host speaks legacy in any case."""
    assert bridge.relay
    sent = bridge.relay.listen()
    document = ["--client-metadata-url", bridge.document] if bridge.document else []
    async with browser(home, ask) as environment:
        program = StdioServerParameters(
            command=str(node.program),
            args=[str(_PROGRAM), bridge.mcp_url, "--protocol", protocol, *document],
            env=environment | {"MCP_REMOTE_CONFIG_DIR": str(home / "mcp-remote")},
        )
        with (home / "mcp-remote.log").open("w") as log:
            async with mcp.Client(stdio_client(program, errlog=log), mode="legacy") as host:
                yield McpRemote(host, home, sent, bridge.document)
