"""`mcp-remote` between the bridge and a host that speaks only to local servers."""

from functools import partial
from pathlib import Path

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
    Habits,
    RelayedClientContract,
)
from tests.peers.mcp_remote import mcp_remote
from tests.peers.node import Node
from tests.peers.proven import MCP_REMOTE

pytestmark = [pytest.mark.peer, pytest.mark.anyio]


def habits_of(first: str, *after: str) -> Habits:
    """`first` is the request that a connection begins with, `after` what follows it. It tries one before it keeps one,
    and looks for a challenge and a stream by GET whenever it pleases.
    """
    begun = [f"{first} 200", *after]
    authorizing = [*DISCOVERY, f"{first} 401", *DISCOVERY, REGISTRATION, REDEMPTION]
    return Habits(
        revision="2025-11-25",  # with its host
        connecting=[*authorizing, *begun, *begun, "POST /mcp tools/list 200"],
        renewing=[REFRESH, CALL, CALL],
        reconnecting=[CALL_REFUSED, *DISCOVERY, REFRESH_REFUSED, *DISCOVERY, REDEMPTION, CALL],
        by_chance="GET /mcp",
    )


PROTOCOLS = {
    "auto": habits_of("POST /mcp server/discover"),
    "legacy": habits_of("POST /mcp initialize", "POST /mcp notifications/initialized 202"),
}


@pytest.mark.parametrize("protocol", PROTOCOLS)
class TestMcpRemote(RelayedClientContract):
    """It keeps time, and refreshes a token that has little left: one of 3 seconds before every request. With its host
    it speaks legacy only, so that no modern feature reaches a model through it.
    """

    client = MCP_REMOTE

    @pytest.fixture
    def open_client(self, node: Node, tmp_path: Path, protocol: str) -> OpenClient:
        return partial(mcp_remote, node, tmp_path, protocol)

    @pytest.fixture
    def habits(self, protocol: str) -> Habits:
        return PROTOCOLS[protocol]
