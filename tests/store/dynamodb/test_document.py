"""docs/storage.md names what an item has beside its record's fields, and the indexes as they are."""

import dataclasses
import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from mailconnect.store.dynamodb.audit import DynamoAuditEvents
from mailconnect.store.dynamodb.clients import DynamoClients
from mailconnect.store.dynamodb.grants import DUE_SHARDS, KEPT_AFTER_DUE, DynamoGrants
from mailconnect.store.dynamodb.ledger import DynamoLedger
from tests.aws.scripted import Scripted
from tests.aws.tables import TABLES, TTL_ATTRIBUTE
from tests.store.audit_contract import EVENT
from tests.store.clients_contract import PUBLIC
from tests.store.grants_contract import filled
from tests.store.ledger_contract import ENTRY
from tests.store.transitions import NOW

pytestmark = pytest.mark.anyio

DOCUMENT = (Path(__file__).parents[3] / "docs" / "storage.md").read_text("utf-8")
SECTION = DOCUMENT.partition("## The tables of DynamoDB\n")[2].partition("\n## ")[0]
ATTRIBUTES, INDEXES = re.split(r"^\| Index of grants ", SECTION, maxsplit=1, flags=re.MULTILINE)


async def test_every_attribute_beside_the_fields_stands_in_the_document(
    dynamodb: Callable[..., Scripted],
) -> None:
    script = dynamodb({}, {}, {}, {})
    grant = filled()
    await DynamoGrants(script.client, "grants", os.urandom).put(grant)
    await DynamoClients(script.client, "clients", os.urandom).put(PUBLIC)
    await DynamoLedger(script.client, "ledger", os.urandom).put(ENTRY, NOW)
    await DynamoAuditEvents(script.client, "audit").append(EVENT)
    documented = dict(re.findall(r"^\| `(\w+)` \| ([\w, ]+) \|", ATTRIBUTES, re.MULTILINE))
    for record, request in zip((grant, PUBLIC, ENTRY, EVENT), script.requests, strict=True):
        beside = set(request["Item"]) - {field.name for field in dataclasses.fields(record)}
        here = {"all", request["TableName"]}
        assert beside == {name for name, where in documented.items() if here & {*where.split(", ")}}


def test_the_documents_numbers_are_the_programs() -> None:
    assert f"0 to {DUE_SHARDS - 1}, from the grant's id" in SECTION
    assert f"{KEPT_AFTER_DUE // 86_400} days after its `due_at`" in SECTION


def test_the_indexes_are_those_of_the_document_and_hold_keys_only() -> None:
    documented = re.findall(r"^\| `(\w+)` \| `(\w+)`, `(\w+)` \|", INDEXES, re.MULTILINE)
    indexes = TABLES["grants"]["GlobalSecondaryIndexes"]
    assert documented == [
        (index["IndexName"], *(part["AttributeName"] for part in index["KeySchema"])) for index in indexes
    ]
    assert {index["Projection"]["ProjectionType"] for index in indexes} == {"KEYS_ONLY"}
    assert f"`{TTL_ATTRIBUTE}`" in ATTRIBUTES
