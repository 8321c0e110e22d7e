"""A client of FastMCP in an environment of its own, held by JSON lines; what they say stands in typescript/sdk.mjs.

Arguments: the MCP URL, and FastMCP's way to agree on a revision (auto, legacy), and where its document is or
nothing. It starts the browser by itself.
"""

import asyncio
import json
import sys
import warnings
from contextlib import AsyncExitStack
from typing import Any

from fastmcp import Client
from fastmcp.client.auth import OAuth

warnings.filterwarnings("ignore", "Using in-memory token storage")


class Peer:
    def __init__(self, mcp_url: str, mode: str, document: str, stack: AsyncExitStack) -> None:
        self._oauth = OAuth(client_metadata_url=document or None)
        self._client = Client(mcp_url, auth=self._oauth, mode=mode)
        self._stack = stack

    async def connect(self) -> dict[str, Any]:
        await self._stack.enter_async_context(self._client)
        tools = await self._client.list_tools()
        return {
            "revision": self._client.protocol_version,
            "instructions": self._client.instructions,
            "tools": [tool.name for tool in tools],
        }

    async def call(self, tools: list[str], arguments: dict[str, Any]) -> list[dict[str, Any]]:
        results = await asyncio.gather(*(self._client.call_tool(tool, arguments) for tool in tools))
        return [
            {
                "content": [block.model_dump(mode="json") for block in result.content],
                "structuredContent": result.structured_content,
                "isError": result.is_error,
            }
            for result in results
        ]

    async def credentials(self) -> dict[str, Any]:
        tokens, client = self._oauth.context.current_tokens, self._oauth.context.client_info
        return {
            "client_id": client.client_id,
            "access_token": tokens.access_token,
            "refresh_token": tokens.refresh_token,
        }

    async def expired(self) -> bool:
        return not self._oauth.context.is_token_valid()


async def main(mcp_url: str, mode: str, document: str) -> None:
    async with AsyncExitStack() as stack:
        peer = Peer(mcp_url, mode, document, stack)
        while line := await asyncio.to_thread(sys.stdin.readline):
            command = json.loads(line)
            try:
                answer = {"result": await getattr(peer, command.pop("do"))(**command)}
            except Exception as error:  # noqa: BLE001 - it is the test's to judge
                answer = {"error": repr(error)}
            sys.stdout.write(f"{json.dumps(answer)}\n")
            sys.stdout.flush()


asyncio.run(main(*sys.argv[1:]))
