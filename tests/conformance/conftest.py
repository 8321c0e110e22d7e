from collections.abc import AsyncIterator, Iterator

import httpx
import pytest

from tests.conformance.suite import PACKAGE, Suite
from tests.peers.cache import PeerUnavailableError
from tests.peers.node import Node
from tests.peers.running_bridge import RunningBridge

_COUNTS = pytest.StashKey[list[str]]()


@pytest.fixture(scope="session")
def suite() -> Suite:
    try:
        node = Node.found()
        node.install_packages(PACKAGE)
    except PeerUnavailableError as missing:
        pytest.fail(str(missing), pytrace=False)
    return Suite(node)


@pytest.fixture(scope="session")
def bridge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningBridge]:
    with RunningBridge.started(tmp_path_factory.mktemp("bridge")) as running:
        yield running


@pytest.fixture
async def http(anyio_backend: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(timeout=30, trust_env=False) as client:
        yield client


@pytest.fixture
def counts(pytestconfig: pytest.Config) -> list[str]:
    """Lines for the end of the test run: how many of a set were passed."""
    return pytestconfig.stash.setdefault(_COUNTS, [])


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if counted := terminalreporter.config.stash.get(_COUNTS, []):
        terminalreporter.section("MCP conformance")
        for line in counted:
            terminalreporter.line(line)
