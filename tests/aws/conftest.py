from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.aws.emulator import Emulator, running
from tests.aws.environment import EnvironmentUnavailableError, python

pytest.register_assert_rewrite(
    "tests.keys.contract",
    *(f"tests.store.{port}_contract" for port in ("audit", "clients", "grants", "ledger", "owned", "switches")),
    "tests.store.clients_contract",
    "tests.store.grants_contract",
    "tests.store.ledger_contract",
    "tests.store.switches_contract",
    "tests.store.outbox_contract",
    *(f"tests.faults.{about}_contract" for about in ("token", "ending", "outage", "sending")),
    "tests.faults.place",
)


@pytest.fixture(scope="session")
def environment() -> Path:
    try:
        return python()
    except EnvironmentUnavailableError as missing:
        pytest.fail(str(missing), pytrace=False)


@pytest.fixture(scope="session")
def moto(environment: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    with running("moto", tmp_path_factory.mktemp("moto")) as emulator:
        yield emulator


@pytest.fixture(scope="session")
def ministack(environment: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    with running("ministack", tmp_path_factory.mktemp("ministack")) as emulator:
        yield emulator


@pytest.fixture(scope="session", params=["moto", "ministack"])
def emulator(request: pytest.FixtureRequest) -> Emulator:
    """Either, in turn."""
    found: Emulator = request.getfixturevalue(request.param)
    return found


@pytest.fixture(scope="session")
def dynamodb(emulator: Emulator) -> Iterator[Any]:
    client = emulator.dynamodb()
    yield client
    client.close()


@pytest.fixture(scope="session")
def dynamodb_elsewhere(emulator: Emulator) -> Iterator[Any]:
    """Another process's."""
    client = emulator.dynamodb()
    yield client
    client.close()
