"""Each row of a provider refresh under faults, and its interleavings, with the grant in DynamoDB."""

import os
from collections.abc import Callable
from typing import Any

import pytest

from mailconnect.grants.grant import Grant
from mailconnect.store.dynamodb.grants import DynamoGrants
from mailconnect.store.dynamodb.outbox import DynamoOutbox
from tests.aws import tables
from tests.aws.emulator import Emulator
from tests.provider import one_grant as place
from tests.provider.interleaving import Left
from tests.provider.one_grant import EXPIRED
from tests.provider.stores import Stores, at_once
from tests.provider.test_refresh import *  # noqa: F403 - all of them, with another store
from tests.provider.test_refresh_interleavings import explore

pytestmark = [pytest.mark.anyio, pytest.mark.aws, pytest.mark.usefixtures("either_store")]


def in_dynamodb(client: Any, grants: str, ledger: str) -> Stores:
    store = DynamoGrants(client, grants, os.urandom)

    def begin(grant: Grant) -> None:
        for table, key in ((grants, "id"), (ledger, "key")):
            for item in client.scan(TableName=table)["Items"]:
                client.delete_item(TableName=table, Key={key: item[key]})
        at_once(store.put(grant))

    return Stores(store, DynamoOutbox(client, ledger, os.urandom), begin)


@pytest.fixture(scope="module")
def stores(ministack: Emulator) -> Stores:
    client = ministack.dynamodb()
    return in_dynamodb(client, tables.create(client, "grants"), tables.create(client, "ledger"))


@pytest.fixture
def either_store(stores: Stores, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(place, "new_stores", lambda: stores)


@pytest.mark.row("F-19")
@pytest.mark.parametrize(
    ("acts", "left"),
    [
        pytest.param(("call", "call"), Left(preemptions=2), id="two calls"),
        pytest.param(("call", "call"), Left(kills=1, ticks=1), id="a kill"),
        pytest.param(("call", "call"), Left(faults=1), id="a fault"),
        pytest.param(("call", "disconnect"), Left(preemptions=1, kills=1), id="a disconnection and a kill"),
    ],
)
async def test_no_order_of_steps_loses_a_mailbox_in_dynamodb(
    acts: tuple[str, ...], left: Left, record_property: Callable[[str, object], None]
) -> None:
    record_property("schedules", await explore(EXPIRED, acts, left))
