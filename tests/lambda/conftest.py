"""Functions as they are deployed. What is marked `aws` needs tools, emulators and minutes; the rest needs nothing."""

import platform
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.aws.emulator import Emulator
from tests.aws.emulator import running as running_emulator
from tests.aws.environment import EnvironmentUnavailableError as EmulatorUnavailableError
from tests.aws.environment import python as emulators
from tests.infra.build import built_here
from tests.infra.environment import ON_AWS, EnvironmentUnavailableError, interpreter, runtime, sam, version
from tests.infra.running import Running, running
from tests.peers.running_bridge import RunningBridge

pytest.register_assert_rewrite("tests.peers.client_contract")


RAN_ON = pytest.StashKey[str]()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if RAN_ON in config.stash:
        terminalreporter.write_line(config.stash[RAN_ON])


@pytest.fixture(scope="session")
def artifacts(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Path:
    try:
        sam()
        runtime()
    except EnvironmentUnavailableError as missing:
        pytest.fail(str(missing), pytrace=False)
    here = f"{version(interpreter())}, {platform.machine()}"
    pytestconfig.stash[RAN_ON] = f"functions built for and run on Python {here} (on AWS: {ON_AWS}, arm64)"
    return built_here(tmp_path_factory.mktemp("artifacts"))


@pytest.fixture(scope="session")
def moto(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    try:
        emulators()
    except EmulatorUnavailableError as missing:
        pytest.fail(str(missing), pytrace=False)
    with running_emulator("moto", tmp_path_factory.mktemp("moto")) as emulator:
        yield emulator


@pytest.fixture(scope="module")
def deployed(artifacts: Path, moto: Emulator, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """With a domain of its own, as in production."""
    with running(artifacts, moto, tmp_path_factory.mktemp("deployed")) as deployment:
        yield deployment


@pytest.fixture(scope="session")
def deployed_here(artifacts: Path, moto: Emulator, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """At an address that any client on this machine reaches."""
    with running(artifacts, moto, tmp_path_factory.mktemp("here"), domain="") as deployment:
        yield deployment


@pytest.fixture(scope="session")
def bridge(deployed_here: Running) -> RunningBridge:
    return RunningBridge(deployed_here.issuer, first_drafts=0)


@pytest.fixture
def renaming_bridge(deployed_here: Running) -> Iterator[RunningBridge]:
    deployed_here.gateway.renames_challenges = True
    yield RunningBridge(deployed_here.issuer, first_drafts=0)
    deployed_here.gateway.renames_challenges = False


@pytest.fixture(scope="session")
def bridge_of_short_lived_tokens(
    artifacts: Path, moto: Emulator, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningBridge]:
    lifetime = {"MAILCONNECT_ACCESS_LIFETIME": "3"}
    with running(artifacts, moto, tmp_path_factory.mktemp("short"), domain="", variables=lifetime) as deployment:
        yield RunningBridge(deployment.issuer, first_drafts=0)
