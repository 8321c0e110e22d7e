"""As tests/journeys/test_erasure.py, on DynamoDB."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.aws.stores import new_tables, stores_on
from tests.bridge import running_bridge
from tests.erasure_under_load import erased_while_calls_are_in_flight, left_in, receipts_say_so

pytestmark = [pytest.mark.anyio, pytest.mark.aws]


@pytest.mark.row("F-36", "OP-06")
async def test_a_deletion_amid_fifty_calls_leaves_nothing_but_its_receipts(dynamodb: Any, tmp_path: Path) -> None:
    names = new_tables(dynamodb)
    async with running_bridge(tmp_path, **stores_on(dynamodb, names)) as bridge:
        erased = await erased_while_calls_are_in_flight(bridge)
        now = bridge.clock.now
    assert receipts_say_so(erased)
    for name in names.values():
        items = dynamodb.scan(TableName=name)["Items"]
        # An expired item counts as absent; DynamoDB itself deletes it within two days, and an emulator never.
        live = [item for item in items if "ttl" not in item or int(item["ttl"]["N"]) > now]
        held = b"".join(value["B"] for item in live for value in item.values() if "B" in value)
        held += json.dumps(live, default=lambda value: "").encode()
        assert left_in(held, erased) == set(), name
