"""The official TypeScript SDK in the version that Poke runs, with Poke's callback and header."""

import json
from contextlib import AbstractAsyncContextManager

import pytest

from tests.peers.client import AskThePerson, Client, OpenClient
from tests.peers.client_contract import (
    CALL,
    CALL_REFUSED,
    DISCOVERY,
    REDEMPTION,
    REFRESH,
    REGISTRATION,
    ClientContract,
    Habits,
)
from tests.peers.node import PACKAGES, Node
from tests.peers.piped_client import piped_client

pytestmark = [pytest.mark.peer, pytest.mark.anyio]

POKE = {
    "client_name": "Poke",
    "redirect_uris": ["https://poke.com/api/v1/mcp/callback"],
    "grant_types": ["authorization_code", "refresh_token"],
    "response_types": ["code"],
    "token_endpoint_auth_method": "none",
}
POKE_HEADERS = {"X-Poke-User-Id": "00000000-0000-4000-8000-000000000000"}
HABITS = Habits(
    revision="2025-06-18",
    connecting=[
        "POST /mcp initialize 401",
        *DISCOVERY,
        REGISTRATION,
        *DISCOVERY,
        REDEMPTION,
        "POST /mcp initialize 200",
        "POST /mcp notifications/initialized 202",
        "GET /mcp 405",
        "POST /mcp tools/list 200",
    ],
    # It knows nothing of expiry, and each call renews for itself: with the same refresh token, at the same moment.
    renewing=[CALL_REFUSED, *DISCOVERY, REFRESH, CALL] * 2,
    reconnecting=[
        CALL_REFUSED,
        *DISCOVERY,
        "POST /token refresh_token 400",
        *DISCOVERY,
        *DISCOVERY,
        REDEMPTION,
        CALL,
    ],
)


class TestTheTypeScriptClient(ClientContract):
    @pytest.fixture
    def open_client(self, node: Node) -> OpenClient:
        command = [str(node.program), str(PACKAGES / "sdk.mjs"), "@modelcontextprotocol/sdk"]

        def opened(mcp_url: str, ask: AskThePerson) -> AbstractAsyncContextManager[Client]:
            return piped_client([*command, mcp_url, json.dumps(POKE), json.dumps(POKE_HEADERS)], ask)

        return opened

    @pytest.fixture
    def habits(self) -> Habits:
        return HABITS
