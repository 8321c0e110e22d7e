"""Vercel's AI SDK, as programs on Next.js and Node.js use it."""

import pytest

from tests.peers.ai_sdk import ai_sdk
from tests.peers.client import OpenClient
from tests.peers.client_contract import (
    CALL,
    CALL_REFUSED,
    DISCOVERY,
    REDEMPTION,
    REFRESH,
    REFRESH_REFUSED,
    REGISTRATION,
    ClientContract,
    Habits,
)
from tests.peers.node import Node
from tests.peers.proven import AI_SDK

pytestmark = [pytest.mark.peer, pytest.mark.anyio]

HABITS = Habits(
    "2026-07-28",
    [
        "POST /mcp server/discover 401",
        *DISCOVERY,
        REGISTRATION,
        *DISCOVERY,
        REDEMPTION,
        "POST /mcp server/discover 200",
        "POST /mcp tools/list 200",
    ],
    [CALL_REFUSED, CALL_REFUSED, *DISCOVERY, REFRESH, CALL, CALL],
    [CALL_REFUSED, *DISCOVERY, REFRESH_REFUSED, *DISCOVERY, *DISCOVERY, REDEMPTION, CALL],
)


class TestTheAiSdk(ClientContract):
    """It keeps no time, so it cannot refresh before it is refused. Calls that are refused together refresh once."""

    client = AI_SDK

    @pytest.fixture
    def open_client(self, node: Node) -> OpenClient:
        return ai_sdk(node)

    @pytest.fixture
    def habits(self) -> Habits:
        return HABITS
