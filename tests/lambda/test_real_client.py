"""The official Python MCP client, with the built functions behind the gateway instead of one process."""

from collections.abc import AsyncIterator
from functools import partial

import httpx
import pytest

from tests.infra.front import fronted
from tests.infra.running import Running
from tests.infra.template import Deployment, document
from tests.peers.client import OpenClient
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


async def challenged(deployed: Running, http: httpx.AsyncClient, token: str = "") -> httpx.Response:
    headers = {"authorization": f"Bearer {token}"} if token else {}
    answer = await http.post(f"{deployed.issuer}/mcp", json={}, headers=headers)
    assert answer.status_code == 401
    return answer


async def test_where_the_gateway_renames_the_challenge_it_is_in_the_body(
    deployed_here: Running, renaming_bridge: RunningBridge, http: httpx.AsyncClient
) -> None:
    answer = await challenged(deployed_here, http)
    assert "www-authenticate" not in answer.headers
    assert answer.headers["x-amzn-remapped-www-authenticate"].startswith("Bearer ")
    assert answer.json()["resource_metadata"] == (f"{deployed_here.issuer}/.well-known/oauth-protected-resource/mcp")
    assert answer.json()["scope"]


@pytest.mark.parametrize(("renames_last", "comes_back"), [(False, True), (True, False)])
async def test_the_mapping_of_the_template_brings_it_back_unless_it_is_renamed_after_that(
    deployed_here: Running,
    renaming_bridge: RunningBridge,
    http: httpx.AsyncClient,
    renames_last: bool,
    comes_back: bool,
) -> None:
    gateway = deployed_here.gateway
    mapped = Deployment(document(), deployed_here.deployment.state, {"MapChallenge": "yes"}).properties(
        "McpIntegration"
    )
    assert "ResponseParameters" not in deployed_here.deployment.properties("McpIntegration")
    gateway.mappings, gateway.renames_last = mapped["ResponseParameters"], renames_last
    try:
        answer = await challenged(deployed_here, http, "mca_x")
    finally:
        gateway.mappings, gateway.renames_last = {}, False
    assert ("www-authenticate" in answer.headers) is comes_back
    assert not comes_back or 'error="invalid_token"' in answer.headers["www-authenticate"]


@pytest.mark.parametrize("way", ["edge", "policy"])
async def test_cloudfront_in_front_brings_it_back_either_way(
    deployed_here: Running, renaming_bridge: RunningBridge, http: httpx.AsyncClient, way: str
) -> None:
    deployed_here.gateway.front = partial(fronted, way, "mail.example.com")
    try:
        answer = await challenged(deployed_here, http, "mca_x")
    finally:
        deployed_here.gateway.front = None
    [challenge] = answer.headers.get_list("www-authenticate")
    assert "/.well-known/oauth-protected-resource/mcp" in challenge
    assert ('error="invalid_token"' in challenge) is (way == "edge")
