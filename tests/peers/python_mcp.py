"""The official Python SDK (`mcp` on PyPI) with its own OAuth provider."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import mcp
from mcp.client.auth import OAuthClientProvider
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import AuthorizationCodeResult, OAuthClientInformationFull, OAuthClientMetadata, OAuthToken
from pydantic import AnyUrl

from tests.peers.client import AskThePerson, Connected, Credentials
from tests.peers.running_bridge import RunningBridge

REDIRECT_URI = "http://127.0.0.1:33418/callback"


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


class PythonClient:
    def __init__(self, mode: str, mcp_url: str, document: str | None, ask: AskThePerson, stack: AsyncExitStack) -> None:
        self.sent: list[str] = []
        self._mcp_url = mcp_url
        self._mode = mode
        self._ask = ask
        self._stack = stack
        self._held = Held()
        self._redirected = ""
        self._client: mcp.Client | None = None
        metadata = OAuthClientMetadata(
            client_name="Python peer", redirect_uris=[AnyUrl(REDIRECT_URI)], token_endpoint_auth_method="none"
        )
        self._oauth = OAuthClientProvider(
            mcp_url,
            metadata,
            self._held,
            self._to_the_browser,
            self._from_the_browser,
            client_metadata_url=document,
        )

    async def connect(self) -> Connected:
        http = httpx2.AsyncClient(auth=self._oauth, timeout=30, event_hooks={"response": [self._note]}, trust_env=False)
        await self._stack.enter_async_context(http)
        client = mcp.Client(streamable_http_client(self._mcp_url, http_client=http), mode=self._mode)
        self._client = await self._stack.enter_async_context(client)
        listed = await client.list_tools()
        return Connected(client.protocol_version, client.instructions, [tool.name for tool in listed.tools])

    async def call(self, *tools: str, **arguments: Any) -> list[dict[str, Any]]:
        assert self._client
        results = await asyncio.gather(*(self._client.call_tool(tool, arguments) for tool in tools))
        return [result.model_dump(mode="json", by_alias=True, exclude_none=True) for result in results]

    async def credentials(self) -> Credentials:
        assert self._held.client
        assert self._held.tokens
        assert self._held.tokens.refresh_token
        return Credentials(self._held.client.client_id, self._held.tokens.access_token, self._held.tokens.refresh_token)

    async def believes_expired(self) -> bool:
        return not self._oauth.context.is_token_valid()

    async def _to_the_browser(self, url: str) -> None:
        self._redirected = await self._ask(url)

    async def _from_the_browser(self) -> AuthorizationCodeResult:
        answer = {name: value for name, [value] in parse_qs(urlsplit(self._redirected).query).items()}
        return AuthorizationCodeResult(code=answer["code"], state=answer.get("state"), iss=answer.get("iss"))

    async def _note(self, response: httpx2.Response) -> None:
        request = response.request
        self.sent.append(" ".join([request.method, request.url.path, *_matter(request), str(response.status_code)]))


def _matter(request: httpx2.Request) -> list[str]:
    body, kind = request.content.decode(), request.headers.get("content-type", "")
    if kind == "application/x-www-form-urlencoded":
        return parse_qs(body).get("grant_type", [])
    return [json.loads(body)["method"]] if request.url.path == "/mcp" and body else []


@asynccontextmanager
async def python_client(mode: str, bridge: RunningBridge, ask: AskThePerson) -> AsyncIterator[PythonClient]:
    """`mode` is the SDK's: auto, legacy, or a modern revision."""
    async with AsyncExitStack() as stack:
        yield PythonClient(mode, bridge.mcp_url, bridge.document, ask, stack)
