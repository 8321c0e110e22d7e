"""The client of Vercel's AI SDK, `@ai-sdk/mcp`: an OAuth client and transport of its own, not the official SDK's."""

import json
from contextlib import AbstractAsyncContextManager

from tests.peers.client import AskThePerson, Client, OpenClient
from tests.peers.node import PACKAGES, Node
from tests.peers.piped_client import piped_client
from tests.peers.running_bridge import RunningBridge
from tests.peers.typescript_client import ON_THIS_MACHINE


def ai_sdk(node: Node) -> OpenClient:
    def opened(bridge: RunningBridge, ask: AskThePerson) -> AbstractAsyncContextManager[Client]:
        return piped_client(
            [str(node.program), str(PACKAGES / "ai_sdk.mjs"), bridge.mcp_url, json.dumps(ON_THIS_MACHINE)], ask
        )

    return opened
