"""As tests/faults/test_sqlite.py, on DynamoDB."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.aws.emulator import Emulator
from tests.aws.stores import new_tables, stores_on
from tests.aws.tables import TABLES
from tests.faults.ending_contract import EndingContract
from tests.faults.outage_contract import OutageContract
from tests.faults.place import Processes
from tests.faults.sending_contract import SendingContract
from tests.faults.token_contract import TokenContract

pytestmark = [pytest.mark.anyio, pytest.mark.aws]


@dataclass(frozen=True)
class OnDynamoDB:
    emulator: Emulator
    names: dict[str, str]

    @asynccontextmanager
    async def stores(self) -> AsyncIterator[dict[str, Any]]:
        client = self.emulator.dynamodb()
        yield stores_on(client, self.names)
        client.close()

    @asynccontextmanager
    async def unreachable(self, part: str) -> AsyncIterator[Any]:
        """There is no such table."""
        client = self.emulator.dynamodb()
        yield stores_on(client, dict.fromkeys(TABLES, "nowhere"))[part]
        client.close()


@pytest.fixture
def processes(emulator: Emulator, dynamodb: Any, tmp_path: Path) -> Processes:
    return Processes(OnDynamoDB(emulator, new_tables(dynamodb)), tmp_path)


class TestTokensOnDynamoDB(TokenContract):
    pass


class TestEndingOnDynamoDB(EndingContract):
    pass


class TestOutagesOnDynamoDB(OutageContract):
    pass


class TestSendingOnDynamoDB(SendingContract):
    pass
