"""The official TypeScript SDK 1.x: the version that Poke runs, with Poke's callback and header, and the last one."""

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
    ClientContract,
    DocumentedClientContract,
    Habits,
)
from tests.peers.node import Node
from tests.peers.proven import LAST_SDK, SDK_OF_POKE
from tests.peers.readers import readers
from tests.peers.typescript_client import typescript_client

pytestmark = [pytest.mark.peer, pytest.mark.anyio]

CONNECTED = [
    "POST /mcp initialize 200",
    "POST /mcp notifications/initialized 202",
    "GET /mcp 405",
    "POST /mcp tools/list 200",
]


class TestTheSdkThatPokeRuns(ClientContract):
    """Version 1.17.3. It keeps no time, so it cannot renew before it is refused. Then each call does so for itself:
    with the same refresh token, at the same moment. It knows nothing of documents, nor of revisions after 2025-06-18.
    """

    client = SDK_OF_POKE

    @pytest.fixture
    def open_client(self, node: Node) -> OpenClient:
        return readers(node)["Poke"]

    @pytest.fixture
    def habits(self) -> Habits:
        return Habits(
            revision="2025-06-18",
            connecting=["POST /mcp initialize 401", *DISCOVERY, REGISTRATION, *DISCOVERY, REDEMPTION, *CONNECTED],
            renewing=[CALL_REFUSED, *DISCOVERY, REFRESH, CALL] * 2,
            reconnecting=[CALL_REFUSED, *DISCOVERY, REFRESH_REFUSED, *DISCOVERY, *DISCOVERY, REDEMPTION, CALL],
        )


class TestTheLastSdk(DocumentedClientContract):
    """Of 2026-07-28 it knows nothing."""

    client = LAST_SDK

    @pytest.fixture
    def open_client(self, node: Node) -> OpenClient:
        return typescript_client(node, "@modelcontextprotocol/sdk-1.32")

    @pytest.fixture
    def habits(self) -> Habits:
        return Habits(
            revision="2025-11-25",
            connecting=["POST /mcp initialize 401", *DISCOVERY, REGISTRATION, REDEMPTION, *CONNECTED],
            renewing=[CALL_REFUSED, REFRESH, CALL] * 2,
            reconnecting=[CALL_REFUSED, REFRESH_REFUSED, REDEMPTION, CALL],
        )
