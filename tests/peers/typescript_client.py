"""The official TypeScript SDK: `@modelcontextprotocol/sdk` until 1.x, `@modelcontextprotocol/client` since 2.0."""

import json
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any

from tests.peers.client import AskThePerson, Client, OpenClient
from tests.peers.node import PACKAGES, Node
from tests.peers.piped_client import piped_client
from tests.peers.running_bridge import RunningBridge

ON_THIS_MACHINE = {
    "client_name": "TypeScript peer",
    "redirect_uris": ["http://127.0.0.1:33418/callback"],
    "grant_types": ["authorization_code", "refresh_token"],
    "response_types": ["code"],
    "token_endpoint_auth_method": "none",
}


def typescript_client(
    node: Node,
    package: str,
    *mode: str,
    metadata: Mapping[str, Any] = ON_THIS_MACHINE,
    headers: Mapping[str, str] | None = None,
) -> OpenClient:
    """`package` is a name in package.json; only 2.x has a `mode`."""

    def opened(bridge: RunningBridge, ask: AskThePerson) -> AbstractAsyncContextManager[Client]:
        arguments = [package, bridge.mcp_url, json.dumps(metadata), json.dumps(headers or {})]
        arguments += [bridge.document or "", *mode]
        return piped_client([str(node.program), str(PACKAGES / "sdk.mjs"), *arguments], ask)

    return opened
