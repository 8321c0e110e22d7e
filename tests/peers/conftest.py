from collections.abc import AsyncIterator, Iterator

import httpx
import pytest

from tests.peers.node import Node, NodeUnavailableError
from tests.peers.running_bridge import RunningBridge

pytest.register_assert_rewrite("tests.peers.client_contract")


@pytest.fixture(scope="session")
def bridge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningBridge]:
    with RunningBridge.started(tmp_path_factory.mktemp("bridge")) as running:
        yield running


@pytest.fixture(scope="session")
def bridge_of_short_lived_tokens(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningBridge]:
    lifetime = {"MAILCONNECT_ACCESS_LIFETIME": "3"}
    with RunningBridge.started(tmp_path_factory.mktemp("short-lived"), lifetime) as running:
        yield running


@pytest.fixture
async def http(anyio_backend: str) -> AsyncIterator[httpx.AsyncClient]:
    """The person's browser and the test's own way to the bridge."""
    async with httpx.AsyncClient(timeout=30, trust_env=False) as client:
        yield client


@pytest.fixture(scope="session")
def node() -> Node:
    """With the packages of the clients that are written for it."""
    try:
        found = Node.found()
        found.install_packages()
    except NodeUnavailableError as missing:
        pytest.fail(str(missing), pytrace=False)
    return found
