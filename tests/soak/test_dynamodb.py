"""Four processes on one DynamoDB."""

import os
from pathlib import Path

import pytest

from mailconnect.store.dynamodb.grants import DynamoGrants
from mailconnect.store.dynamodb.outbox import DynamoOutbox
from tests.aws import tables
from tests.aws.emulator import running
from tests.aws.environment import python
from tests.soak.rounds import soaking

pytestmark = [pytest.mark.anyio, pytest.mark.soak]


@pytest.mark.row("F-14", "F-15", "F-16")
async def test_kills_among_five_hundred_calls_lose_no_connection(tmp_path: Path) -> None:
    python()
    with running("ministack", tmp_path) as emulator:
        client = emulator.dynamodb()
        names = {kind: tables.create(client, kind) for kind in ("clients", "grants", "ledger")}
        grants = DynamoGrants(client, names["grants"], os.urandom)
        outbox = DynamoOutbox(client, names["ledger"], os.urandom)
        async with soaking("DynamoDB", tmp_path, grants, outbox, emulator.url, *names.values()) as soak:
            seen = await soak.run()
        client.close()
    assert seen["losses"] == 0
    assert seen["kills"] == seen["rounds"] >= 1
