"""MCP Inspector on the command line, which finds nothing in the tools' schemas to complain of (`--strict`)."""

import asyncio
from functools import partial
from pathlib import Path

import httpx
import pytest

from mailconnect.sandbox.accounts import ALICE
from tests.peers.client import AskedPerson, OpenClient
from tests.peers.client_contract import (
    CALL,
    DISCOVERY,
    REDEMPTION,
    REFRESH,
    REFRESH_REFUSED,
    REGISTRATION,
    Habits,
    RelayedClientContract,
    until_expired,
)
from tests.peers.inspector import inspector
from tests.peers.node import Node
from tests.peers.proven import INSPECTOR
from tests.peers.running_bridge import RunningBridge

pytestmark = [pytest.mark.peer, pytest.mark.anyio]

AUTHORIZING = [*DISCOVERY, REGISTRATION, REDEMPTION]
LISTING = "POST /mcp tools/list 200"


def habits_of(revision: str, first: str, *after: str, listing: list[str], by_chance: str | None = None) -> Habits:
    """`first` is the request that each process begins with, `after` what follows it before anything else."""
    begun = [f"{first} 200", *after]
    calling = [*begun, *listing, CALL]
    return Habits(
        revision,
        connecting=[f"{first} 401", *AUTHORIZING, *begun, *begun, *listing],
        renewing=[f"{first} 401", REFRESH, *calling, *calling],
        reconnecting=[f"{first} 401", REFRESH_REFUSED, REDEMPTION, *calling],
        calling=calling,
        by_chance=by_chance,
    )


ERAS = {
    "auto": habits_of("2026-07-28", "POST /mcp server/discover", listing=[LISTING, LISTING]),
    "legacy": habits_of(
        "2025-11-25",
        "POST /mcp initialize",
        "POST /mcp notifications/initialized 202",
        listing=[LISTING],
        by_chance="GET /mcp",
    ),
}


@pytest.mark.parametrize("era", ERAS)
class TestTheInspector(RelayedClientContract):
    """It keeps no time. A process of it makes one call, so it cannot call both tools at once: two processes can."""

    client = INSPECTOR

    @pytest.fixture
    def open_client(self, node: Node, tmp_path: Path, era: str) -> OpenClient:
        return partial(inspector, node, tmp_path, era)

    @pytest.fixture
    def habits(self, era: str) -> Habits:
        return ERAS[era]

    async def test_processes_that_share_a_refresh_token_may_refresh_at_once(
        self, open_client: OpenClient, bridge_of_short_lived_tokens: RunningBridge, http: httpx.AsyncClient
    ) -> None:
        bridge, person = bridge_of_short_lived_tokens, AskedPerson("alice", http)
        async with open_client(bridge, person) as client:
            await client.connect()
            await until_expired(client, await client.credentials(), bridge.mcp_url, http)
            answers = await asyncio.gather(*(client.call("get_session") for _ in range(2)))
            assert REFRESH in client.sent
        assert person.times == 1
        assert [session["structuredContent"]["username"] for [session] in answers] == [ALICE.username] * 2
