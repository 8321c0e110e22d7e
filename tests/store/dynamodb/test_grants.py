"""What is DynamoDB's alone: the requests behind each port, and the attributes beside the record's own."""

import dataclasses
import os
import random
import re
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from mailconnect.grants.grant import READABLE_VERSION
from mailconnect.grants.retirement import Reason, retire
from mailconnect.grants.tokens.token import new_grant_id
from mailconnect.grants.update import Equals, Update
from mailconnect.store.dynamodb import table
from mailconnect.store.dynamodb.clients import DynamoClients
from mailconnect.store.dynamodb.conversion import item_of
from mailconnect.store.dynamodb.grants import DUE_SHARDS, KEPT_AFTER_DUE, DynamoGrants, _due_shard
from mailconnect.store.dynamodb.ledger import DynamoLedger
from mailconnect.store.errors import RecordUnknown, StoreUnavailable
from tests.aws.scripted import Scripted, wire
from tests.store.clients_contract import PUBLIC
from tests.store.grants_contract import filled
from tests.store.ledger_contract import ENTRY
from tests.store.transitions import NOW, TRANSITIONS

pytestmark = pytest.mark.anyio

DynamoDB = Callable[..., Scripted]


@pytest.mark.row("ST-07", "F-26")
async def test_every_record_that_decides_is_read_consistently(dynamodb: DynamoDB) -> None:
    script = dynamodb({}, {}, {})
    await DynamoClients(script.client, "clients", os.urandom).get("id", NOW)
    await DynamoGrants(script.client, "grants", os.urandom).get("id")
    await DynamoLedger(script.client, "ledger", os.urandom).get("key", NOW)
    assert script.requests == [
        {"TableName": "clients", "Key": {"id": {"S": "id"}}, "ConsistentRead": True},
        {"TableName": "grants", "Key": {"id": {"S": "id"}}, "ConsistentRead": True},
        {"TableName": "ledger", "Key": {"key": {"S": "key"}}, "ConsistentRead": True},
    ]


async def test_a_lookup_is_one_request_and_so_is_every_change(dynamodb: DynamoDB) -> None:
    script = dynamodb({}, *[{}] * len(TRANSITIONS), {}, {})
    grants = DynamoGrants(script.client, "grants", os.urandom)
    await grants.get("id")
    for transition in TRANSITIONS:
        assert await grants.update("id", transition.update)
    await grants.put(filled())
    assert await grants.delete("id")
    assert script.operations == ["GetItem", *["UpdateItem"] * len(TRANSITIONS), "PutItem", "DeleteItem"]


async def test_a_new_grant_has_its_place_in_the_index_and_its_last_day(dynamodb: DynamoDB) -> None:
    script = dynamodb({})
    grant = filled()
    await DynamoGrants(script.client, "grants", os.urandom).put(grant)
    item = script.requests[0]["Item"]
    assert set(item) == {field.name for field in dataclasses.fields(grant)} | {"due_shard", "ttl", "write_id"}
    assert item["due_shard"] == {"N": str(_due_shard(grant.id))}
    assert item["ttl"] == {"N": str(grant.due_at + KEPT_AFTER_DUE)}
    assert script.requests[0]["ConditionExpression"] == "attribute_not_exists(#id)"


def test_ids_spread_evenly_over_the_shards_and_always_in_the_same_way() -> None:
    chance = random.Random(1)
    counts = Counter(_due_shard(new_grant_id(chance.randbytes)) for _ in range(8000))
    assert len(counts) == DUE_SHARDS
    assert min(counts.values()) > 900
    assert [_due_shard(f"{number:022}") for number in range(6)] == [0, 6, 4, 2, 1, 7]


def set_by(request: dict[str, Any]) -> dict[str, Any]:
    """Attribute and value of each assignment in the request."""
    assignments = request["UpdateExpression"].partition(" REMOVE ")[0].removeprefix("SET ").split(", ")
    pairs = (assignment.split(" = ") for assignment in assignments)
    names, values = request["ExpressionAttributeNames"], request["ExpressionAttributeValues"]
    return {names[name]: values[value] for name, value in pairs}


async def test_the_last_day_moves_with_the_time_it_is_due_and_only_then(dynamodb: DynamoDB) -> None:
    script = dynamodb({}, {})
    grants = DynamoGrants(script.client, "grants", os.urandom)
    await grants.update("id", retire(Reason.OWNER_DISCONNECTED, NOW))
    assert set_by(script.requests[0])["ttl"] == {"N": str(NOW + KEPT_AFTER_DUE)}
    await grants.update("id", Update((), {"last_used_at": NOW}))
    assert set(set_by(script.requests[1])) == {"last_used_at", "write_id"}


def test_ttl_leaves_the_sweep_its_seven_days_and_the_operator_two_weeks_at_least() -> None:
    assert KEPT_AFTER_DUE >= (7 + 14) * 86_400


@pytest.mark.row("F-27")
async def test_clients_and_entries_go_at_their_end(dynamodb: DynamoDB) -> None:
    script = dynamodb({}, {}, {})
    await DynamoClients(script.client, "clients", os.urandom).put(PUBLIC)
    await DynamoLedger(script.client, "ledger", os.urandom).put(ENTRY, NOW)
    await DynamoClients(script.client, "clients", os.urandom).keep_until(PUBLIC.id, NOW + 500)
    assert script.requests[0]["Item"]["ttl"] == {"N": str(PUBLIC.expires_at)}
    assert script.requests[1]["Item"]["ttl"] == {"N": str(ENTRY.expires_at)}
    assert set_by(script.requests[2])["ttl"] == set_by(script.requests[2])["expires_at"] == {"N": str(NOW + 500)}


def condition_of(request: dict[str, Any]) -> str:
    """With names and values in their places."""
    terms = request["ExpressionAttributeNames"] | {
        placeholder: next(iter(value.values())) for placeholder, value in request["ExpressionAttributeValues"].items()
    }
    return re.sub(r"[#:]\w+", lambda found: terms[found[0]], request["ConditionExpression"])


@pytest.mark.row("F-27")
async def test_whether_something_has_expired_is_part_of_every_condition(dynamodb: DynamoDB) -> None:
    script = dynamodb({}, {}, {}, {"Attributes": {"write_id": {"B": ""}, "ttl": {"N": "0"}}}, {})
    clients = DynamoClients(script.client, "clients", os.urandom)
    await clients.put(PUBLIC)
    await clients.keep_until(PUBLIC.id, NOW + 500)
    ledger = DynamoLedger(script.client, "ledger", os.urandom)
    await ledger.put(ENTRY, NOW + 1)
    with pytest.raises(StoreUnavailable):  # An item that lacks everything.
        await ledger.take(ENTRY.key, NOW + 2)
    assert list(map(condition_of, script.requests[:4])) == [
        f"(attribute_not_exists(expires_at) OR expires_at <= {PUBLIC.created_at})",
        f"attribute_exists(id) AND (attribute_not_exists(expires_at) OR expires_at <= {NOW + 499})",
        f"(attribute_not_exists(expires_at) OR expires_at <= {NOW + 1})",
        f"attribute_exists(key) AND expires_at > {NOW + 2}",
    ]


@pytest.mark.row("ST-06", "F-27")
async def test_an_expired_record_that_ttl_has_not_deleted_yet_is_gone_all_the_same(dynamodb: DynamoDB) -> None:
    client, entry = {"Item": wire(item_of(PUBLIC))}, {"Item": wire(item_of(ENTRY))}
    script = dynamodb(client, client, entry, entry)
    clients = DynamoClients(script.client, "clients", os.urandom)
    ledger = DynamoLedger(script.client, "ledger", os.urandom)
    assert await clients.get(PUBLIC.id, PUBLIC.expires_at - 1) == PUBLIC
    assert await clients.get(PUBLIC.id, PUBLIC.expires_at) is None
    assert await ledger.get(ENTRY.key, ENTRY.expires_at - 1) == ENTRY
    assert await ledger.get(ENTRY.key, ENTRY.expires_at) is None


@pytest.mark.row("F-23", "F-24", "F-25")
def test_no_transaction_and_no_batch_can_even_be_asked_for() -> None:
    """Every transition is one conditional write; what makes a repeated one known again is its own id (F-17)."""
    calls = {name for name in vars(table.DynamoDB) if not name.startswith("_")}
    assert calls == {"get_item", "put_item", "update_item", "delete_item", "query"}


async def test_only_a_retired_grant_of_our_form_is_erased(dynamodb: DynamoDB) -> None:
    script = dynamodb({})
    assert await DynamoGrants(script.client, "grants", os.urandom).delete("id")
    form = f"(attribute_not_exists(schema_version) OR schema_version <= {READABLE_VERSION})"
    assert condition_of(script.requests[0]) == f"state = retired AND {form}"


@pytest.mark.row("F-42")
async def test_a_grant_two_forms_ahead_is_neither_read_nor_changed_nor_deleted(dynamodb: DynamoDB) -> None:
    grant = filled()
    newer = dataclasses.replace(grant, schema_version=READABLE_VERSION + 1)
    script = dynamodb({"Item": wire(item_of(grant))}, {"Item": wire(item_of(newer))}, {}, {})
    grants = DynamoGrants(script.client, "grants", os.urandom)
    assert await grants.get("id") == grant
    with pytest.raises(RecordUnknown, match="a grant of a newer version"):
        await grants.get("id")
    await grants.update("id", Update((), {"last_used_at": NOW}))
    await grants.delete("id")
    for request in script.requests[2:]:
        assert "(attribute_not_exists(#schema_version) OR #schema_version <= :" in request["ConditionExpression"]


async def test_a_grant_one_form_ahead_is_read_with_what_is_unknown_in_it_left_aside(dynamodb: DynamoDB) -> None:
    """A deployment that is taken back by one release meets what the newer one wrote."""
    ahead = dataclasses.replace(filled(), schema_version=READABLE_VERSION)
    item = item_of(ahead) | {"of_tomorrow": {"S": "x"}, "more_of_tomorrow": {"N": "1"}}
    script = dynamodb({"Item": wire(item)})
    assert await DynamoGrants(script.client, "grants", os.urandom).get("id") == ahead


@pytest.mark.parametrize(
    "update",
    [
        Update((), {"id": "other"}),
        Update((), {"due_shard": 1}),
        Update((), {"ttl": 1}),
        Update((), {}, frozenset({"write_id"})),
        Update((Equals("of_tomorrow", 1),), {}),
    ],
    ids=str,
)
async def test_an_update_names_a_grants_own_attributes_only(dynamodb: DynamoDB, update: Update) -> None:
    with pytest.raises(ValueError, match="a grant has no attribute"):
        await DynamoGrants(dynamodb().client, "grants", os.urandom).update("id", update)


def page(*rows: tuple[str, int], more: bool = False) -> dict[str, Any]:
    items = [{"id": {"S": name}, "due_at": {"N": str(due_at)}} for name, due_at in rows]
    return {"Items": items} | ({"LastEvaluatedKey": items[-1]} if more else {})


async def test_due_grants_of_all_shards_are_merged(dynamodb: DynamoDB) -> None:
    empty = [page()] * (DUE_SHARDS - 2)
    script = dynamodb(page(("c", 3), ("e", 5), more=True), page(("b", 2), ("d", 4), more=True), *empty)
    assert await DynamoGrants(script.client, "grants", os.urandom).due(NOW, 2) == ["b", "c"]
    assert [request["ExpressionAttributeValues"][":0"] for request in script.requests] == [
        {"N": str(shard)} for shard in range(DUE_SHARDS)
    ]
    for request in script.requests:
        assert (request["IndexName"], request["Limit"]) == ("due", 2)
        assert request["KeyConditionExpression"] == "#due_shard = :0 AND #due_at <= :1"


@pytest.mark.row("F-25")
async def test_an_owners_grants_are_read_to_the_last_page(dynamodb: DynamoDB) -> None:
    script = dynamodb(page(("a", 1), more=True), page(more=False), page(("b", 1), more=True), page(("c", 1)))
    grants = DynamoGrants(script.client, "grants", os.urandom)
    assert await grants.owned_by("o" * 64) == ["a"]
    assert await grants.owned_by("p" * 64) == ["b", "c"]
    assert "ExclusiveStartKey" not in script.requests[2]
    assert script.requests[3]["ExclusiveStartKey"]["id"] == {"S": "b"}
    assert script.requests[3]["KeyConditionExpression"] == "#owner = :0"
