"""The official TypeScript client 2.x, which speaks both eras; legacy is what it does unless told otherwise."""

import pytest

from tests.peers.client import OpenClient
from tests.peers.client_contract import (
    CALL,
    CALL_REFUSED,
    DISCOVERY,
    REDEMPTION,
    REFRESH,
    REFRESH_REFUSED,
    REGISTRATION,
    DocumentedClientContract,
    Habits,
)
from tests.peers.node import Node
from tests.peers.proven import TYPESCRIPT_CLIENT
from tests.peers.typescript_client import typescript_client

pytestmark = [pytest.mark.peer, pytest.mark.anyio]

AUTHORIZING = [*DISCOVERY, REGISTRATION, REDEMPTION]
RENEWING = [CALL_REFUSED, REFRESH, CALL] * 2
RECONNECTING = [CALL_REFUSED, REFRESH_REFUSED, REDEMPTION, CALL]
MODES = {
    "auto": Habits(
        "2026-07-28",
        [
            "POST /mcp server/discover 401",
            *AUTHORIZING,
            "POST /mcp server/discover 200",
            "POST /mcp tools/list 200",
        ],
        RENEWING,
        RECONNECTING,
    ),
    "legacy": Habits(
        "2025-11-25",
        [
            "POST /mcp initialize 401",
            *AUTHORIZING,
            "POST /mcp initialize 200",
            "POST /mcp notifications/initialized 202",
            "GET /mcp 405",
            "POST /mcp tools/list 200",
        ],
        RENEWING,
        RECONNECTING,
    ),
}


@pytest.mark.parametrize("mode", MODES)
class TestTheTypeScriptClient(DocumentedClientContract):
    """It keeps no time, so it cannot renew before it is refused. Then each call does so for itself: with the same
    refresh token, at the same moment.
    """

    client = TYPESCRIPT_CLIENT

    @pytest.fixture
    def open_client(self, node: Node, mode: str) -> OpenClient:
        return typescript_client(node, "@modelcontextprotocol/client", mode)

    @pytest.fixture
    def habits(self, mode: str) -> Habits:
        return MODES[mode]
