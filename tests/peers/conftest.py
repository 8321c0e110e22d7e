from collections.abc import AsyncIterator, Generator, Iterator
from pathlib import Path

import httpx
import pytest

from tests.peers import fastmcp_client, langchain_client
from tests.peers.cache import PeerUnavailableError
from tests.peers.documented_bridge import URL
from tests.peers.node import Node
from tests.peers.proven import Proof, write
from tests.peers.python_environment import python_of
from tests.peers.relay import TESTS_OWN, Relay
from tests.peers.running_bridge import RunningBridge

pytest.register_assert_rewrite("tests.peers.client_contract")

SHORT_LIVED = {"MAILCONNECT_ACCESS_LIFETIME": "3"}


_PROOF = pytest.StashKey[Proof]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    client = getattr(getattr(item, "cls", None), "client", None)
    if isinstance(item, pytest.Function) and client and (call.when == "call" or report.failed):
        proof = item.config.stash.setdefault(_PROOF, Proof())
        habits = item.funcargs.get("habits")
        proof.note(client, item.originalname, habits.revision if habits else "", passed=report.passed)
    return report


def pytest_sessionfinish(session: pytest.Session) -> None:
    proof = session.config.stash.get(_PROOF, None)
    if proof and proof.whole():
        write(proof.table())


@pytest.fixture(scope="session")
def bridge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningBridge]:
    with RunningBridge.started(tmp_path_factory.mktemp("bridge")) as running:
        yield running


@pytest.fixture(scope="session")
def bridge_of_short_lived_tokens(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningBridge]:
    with RunningBridge.started(tmp_path_factory.mktemp("short-lived"), SHORT_LIVED) as running:
        yield running


@pytest.fixture(scope="session")
def relayed_bridge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningBridge]:
    with Relay.started() as relay, RunningBridge.started(tmp_path_factory.mktemp("relayed"), relay=relay) as running:
        yield running


@pytest.fixture(scope="session")
def relayed_bridge_of_short_lived_tokens(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningBridge]:
    folder = tmp_path_factory.mktemp("relayed-short-lived")
    with Relay.started() as relay, RunningBridge.started(folder, SHORT_LIVED, relay) as running:
        yield running


@pytest.fixture(scope="session")
def renaming_bridge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningBridge]:
    """Behind something that does to its challenges what API Gateway does."""
    folder = tmp_path_factory.mktemp("renaming")
    with Relay.started() as relay, RunningBridge.started(folder, relay=relay) as running:
        relay.renames_challenges = True
        yield running


@pytest.fixture(scope="session")
def documented_bridge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningBridge]:
    with RunningBridge.started(tmp_path_factory.mktemp("documented"), document=URL) as running:
        yield running


@pytest.fixture(scope="session")
def relayed_documented_bridge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningBridge]:
    folder = tmp_path_factory.mktemp("relayed-documented")
    with Relay.started() as relay, RunningBridge.started(folder, relay=relay, document=URL) as running:
        yield running


@pytest.fixture
async def http(anyio_backend: str) -> AsyncIterator[httpx.AsyncClient]:
    """The person's browser and the test's own way to the bridge."""
    async with httpx.AsyncClient(timeout=30, headers={"user-agent": TESTS_OWN}, trust_env=False) as client:
        yield client


@pytest.fixture(scope="session")
def node() -> Node:
    """With the packages of the clients that are written for it."""
    try:
        found = Node.found()
        found.install_packages()
    except PeerUnavailableError as missing:
        pytest.fail(str(missing), pytrace=False)
    return found


@pytest.fixture(scope="session")
def fastmcp() -> Path:
    """The interpreter of its environment."""
    try:
        return python_of(fastmcp_client.FOLDER)
    except PeerUnavailableError as missing:
        pytest.fail(str(missing), pytrace=False)


@pytest.fixture(scope="session")
def langchain() -> Path:
    """The interpreter of its environment."""
    try:
        return python_of(langchain_client.FOLDER)
    except PeerUnavailableError as missing:
        pytest.fail(str(missing), pytrace=False)
