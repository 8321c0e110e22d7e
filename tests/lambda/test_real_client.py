"""The official Python MCP client, with the built functions behind the gateway instead of one process."""

from collections.abc import AsyncIterator
from functools import partial

import httpx
import pytest

from tests.infra.running import Running
from tests.peers.client import AskedPerson, OpenClient
from tests.peers.client_contract import ClientContract, Habits
from tests.peers.python_mcp import python_client
from tests.peers.running_bridge import RunningBridge
from tests.peers.test_python_mcp import MODES

pytestmark = [pytest.mark.aws, pytest.mark.anyio]


@pytest.fixture
async def http(anyio_backend: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(timeout=30, trust_env=False) as client:
        yield client


@pytest.mark.parametrize("mode", MODES)
class TestThePythonClientOnLambda(ClientContract):
    @pytest.fixture
    def open_client(self, mode: str) -> OpenClient:
        return partial(python_client, mode)

    @pytest.fixture
    def habits(self, mode: str) -> Habits:
        return MODES[mode]


async def test_it_connects_where_the_gateway_renames_the_challenge(
    deployed_here: Running, bridge: RunningBridge, http: httpx.AsyncClient
) -> None:
    """Whether API Gateway does so to HTTP APIs is told both ways; the client then looks at the well-known address."""
    deployed_here.gateway.renames_challenges = True
    try:
        person = AskedPerson("alice", http)
        async with python_client("auto", bridge, person) as client:
            connected = await client.connect()
            [session] = await client.call("get_session")
        unauthorized = await http.post(f"{deployed_here.issuer}/mcp", json={})
    finally:
        deployed_here.gateway.renames_challenges = False
    assert "www-authenticate" not in unauthorized.headers
    assert connected.tools == [
        "get_session",
        "list_mailboxes",
        "search_emails",
        "read_emails",
        "read_attachment",
        "find_contacts",
    ]
    assert session["structuredContent"]["username"] == "alice@sandbox.test"
