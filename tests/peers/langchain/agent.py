"""LangChain's MCP adapters in an environment of their own, held by JSON lines; what they say is in typescript/sdk.mjs.

Arguments: the MCP URL, and where the client's document is or nothing. As programs on LangChain do, it opens a session
for each tool call, and leaves OAuth to the MCP SDK that the adapters are built on.
"""

import asyncio
import json
import sys
from typing import Any
from urllib.parse import parse_qs, urlsplit

from langchain_mcp_adapters.client import MultiServerMCPClient
from mcp.client.auth import OAuthClientProvider
from mcp.shared.auth import OAuthClientInformationFull, OAuthClientMetadata, OAuthToken
from pydantic import AnyUrl

REDIRECT_URI = "http://127.0.0.1:33418/callback"


def say(message: dict[str, Any]) -> None:
    sys.stdout.write(f"{json.dumps(message)}\n")
    sys.stdout.flush()


async def heard() -> dict[str, Any] | None:
    line = await asyncio.to_thread(sys.stdin.readline)
    return json.loads(line) if line else None


class Held:
    """The SDK's TokenStorage."""

    tokens: OAuthToken | None = None
    client: OAuthClientInformationFull | None = None

    async def get_tokens(self) -> OAuthToken | None:
        return self.tokens

    async def set_tokens(self, tokens: OAuthToken) -> None:
        self.tokens = tokens

    async def get_client_info(self) -> OAuthClientInformationFull | None:
        return self.client

    async def set_client_info(self, client_info: OAuthClientInformationFull) -> None:
        self.client = client_info


class Peer:
    def __init__(self, mcp_url: str, document: str) -> None:
        self._held = Held()
        self._redirected = ""
        metadata = OAuthClientMetadata(
            client_name="A LangChain program",
            redirect_uris=[AnyUrl(REDIRECT_URI)],
            token_endpoint_auth_method="none",
        )
        self._oauth = OAuthClientProvider(
            mcp_url,
            metadata,
            self._held,
            self._to_the_browser,
            self._from_the_browser,
            client_metadata_url=document or None,
        )
        connection = {"transport": "streamable_http", "url": mcp_url, "auth": self._oauth}
        self._client = MultiServerMCPClient({"mail": connection})
        self._tools: dict[str, Any] = {}

    async def connect(self) -> dict[str, Any]:
        introduced = (await self._client.get_server_info(server_name="mail"))["mail"]
        self._tools = {tool.name: tool for tool in await self._client.get_tools()}
        return {
            "revision": introduced.protocolVersion,
            "instructions": introduced.instructions,
            "tools": [*self._tools],
        }

    async def call(self, tools: list[str], arguments: dict[str, Any]) -> list[dict[str, Any]]:
        return [*await asyncio.gather(*(self._call(tool, arguments) for tool in tools))]

    async def _call(self, tool: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """As an agent's runtime does for a model: what a model would see is the message's content."""
        call = {"type": "tool_call", "id": "1", "name": tool, "args": arguments}
        message = await self._tools[tool].ainvoke(call)
        return {
            "content": [{"type": block["type"], "text": block.get("text")} for block in message.content],
            "structuredContent": (message.artifact or {}).get("structured_content"),
            "isError": message.status == "error",
        }

    async def credentials(self) -> dict[str, Any]:
        tokens, client = self._held.tokens, self._held.client
        return {
            "client_id": client.client_id,
            "access_token": tokens.access_token,
            "refresh_token": tokens.refresh_token,
        }

    async def expired(self) -> bool:
        return not self._oauth.context.is_token_valid()

    async def _to_the_browser(self, url: str) -> None:
        say({"authorize": url})
        self._redirected = (await heard() or {})["redirected"]

    async def _from_the_browser(self) -> tuple[str, str | None]:
        answer = {name: value for name, [value] in parse_qs(urlsplit(self._redirected).query).items()}
        return answer["code"], answer.get("state")


async def main(mcp_url: str, document: str) -> None:
    peer = Peer(mcp_url, document)
    while command := await heard():
        try:
            say({"result": await getattr(peer, command.pop("do"))(**command)})
        except Exception as error:  # noqa: BLE001 - it is the test's to judge
            say({"error": repr(error)})


asyncio.run(main(*sys.argv[1:]))
