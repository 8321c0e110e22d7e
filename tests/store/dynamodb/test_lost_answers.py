"""F-17: a write that was carried out and not answered is known again, and one that was not is never taken for it.

Here DynamoDB's answers are written down; tests/aws/test_faults.py has the same against emulators that carry them out.
"""

import base64
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from mailconnect.grants.update import Equals, Update
from mailconnect.store.dynamodb.clients import DynamoClients
from mailconnect.store.dynamodb.conversion import Item, item_of
from mailconnect.store.dynamodb.errors import AnswerLost
from mailconnect.store.dynamodb.grants import DynamoGrants
from mailconnect.store.dynamodb.ledger import DynamoLedger
from mailconnect.store.errors import AlreadyExists, StoreUnavailable
from tests.aws.scripted import Refusal, Scripted, wire
from tests.store.clients_contract import PUBLIC
from tests.store.grants_contract import filled
from tests.store.ledger_contract import ENTRY
from tests.store.transitions import NOW

pytestmark = pytest.mark.anyio

DynamoDB = Callable[..., Scripted]
UPDATE = Update((Equals("lease_id", "attempt"),), {"last_used_at": NOW})
LOST = ReadTimeoutError(endpoint_url="http://127.0.0.1:1")
THROTTLED = Refusal(400, "ThrottlingException")
FORBIDDEN = Refusal(400, "AccessDeniedException")
MINE, OTHERS = b"m" * 12, b"o" * 12


def ours(size: int) -> bytes:
    return MINE[:size]


def written_by(write_id: bytes, item: Item | None = None) -> dict[str, Any]:
    return {"Item": wire((item or {"id": {"S": "id"}}) | {"write_id": {"B": write_id}})}


def failed(write_id: bytes | None = None, item: Item | None = None) -> Refusal:
    """A failed condition, with the item that is there."""
    return Refusal(400, "ConditionalCheckFailedException", {} if write_id is None else written_by(write_id, item))


@pytest.mark.row("F-17")
async def test_every_write_says_who_it_is_and_asks_what_is_there_if_it_fails(dynamodb: DynamoDB) -> None:
    script = dynamodb({}, {}, {}, {}, {})
    await DynamoClients(script.client, "clients", ours).put(PUBLIC)
    await DynamoGrants(script.client, "grants", ours).put(filled())
    await DynamoLedger(script.client, "ledger", ours).put(ENTRY, NOW)
    await DynamoClients(script.client, "clients", ours).keep_until("id", NOW)
    await DynamoGrants(script.client, "grants", ours).update("id", UPDATE)
    mark = {"B": base64.b64encode(MINE).decode()}
    for request in script.requests[:3]:
        assert request["Item"]["write_id"] == mark
    for request in script.requests[3:]:
        assert "#write_id = :" in request["UpdateExpression"]
        assert mark in request["ExpressionAttributeValues"].values()
    assert {request["ReturnValuesOnConditionCheckFailure"] for request in script.requests} == {"ALL_OLD"}


@pytest.mark.row("F-17")
async def test_no_two_writes_have_one_name(dynamodb: DynamoDB) -> None:
    script = dynamodb({}, {})
    names = iter((b"1" * 12, b"2" * 12))
    grants = DynamoGrants(script.client, "grants", lambda _: next(names))
    await grants.update("id", UPDATE)
    await grants.update("id", UPDATE)
    assert script.requests[0]["ExpressionAttributeValues"] != script.requests[1]["ExpressionAttributeValues"]


@pytest.mark.row("F-17")
async def test_a_repeated_update_that_finds_itself_is_done(dynamodb: DynamoDB) -> None:
    script = dynamodb(LOST, failed(MINE))
    assert await DynamoGrants(script.client, "grants", ours).update("id", UPDATE)
    assert script.operations == ["UpdateItem", "UpdateItem"]


@pytest.mark.row("F-17")
@pytest.mark.parametrize("there", [failed(OTHERS), failed()], ids=["another's write", "nothing"])
async def test_a_repeated_update_that_finds_anything_else_is_not_done(dynamodb: DynamoDB, there: Refusal) -> None:
    script = dynamodb(LOST, there)
    assert not await DynamoGrants(script.client, "grants", ours).update("id", UPDATE)


@pytest.mark.row("F-17")
async def test_an_update_without_any_answer_is_looked_for_once_and_consistently(dynamodb: DynamoDB) -> None:
    script = dynamodb(LOST, LOST, LOST, written_by(MINE))
    assert await DynamoGrants(script.client, "grants", ours).update("id", UPDATE)
    assert script.operations == ["UpdateItem"] * 3 + ["GetItem"]
    assert script.requests[3]["ConsistentRead"] is True


@pytest.mark.row("F-17")
@pytest.mark.parametrize("found", [written_by(OTHERS), {}], ids=["another's write", "nothing"])
async def test_a_write_that_is_not_found_may_yet_arrive_and_is_unavailable_not_refused(
    dynamodb: DynamoDB, found: dict[str, Any]
) -> None:
    script = dynamodb(LOST, LOST, LOST, found)
    with pytest.raises(AnswerLost):
        await DynamoGrants(script.client, "grants", ours).update("id", UPDATE)


@pytest.mark.row("F-17")
@pytest.mark.parametrize("read", [[LOST] * 3, [THROTTLED] * 3, [FORBIDDEN]], ids=["lost", "throttled", "forbidden"])
async def test_where_looking_fails_too_the_outcome_is_unknown(dynamodb: DynamoDB, read: list[Any]) -> None:
    script = dynamodb(LOST, LOST, LOST, *read)
    with pytest.raises(StoreUnavailable):
        await DynamoGrants(script.client, "grants", ours).update("id", UPDATE)


@pytest.mark.row("F-21")
async def test_a_throttled_write_was_not_carried_out_and_costs_no_read(dynamodb: DynamoDB) -> None:
    script = dynamodb(*[THROTTLED] * 3)
    with pytest.raises(StoreUnavailable):
        await DynamoGrants(script.client, "grants", ours).update("id", UPDATE)
    assert script.operations == ["UpdateItem"] * 3


@pytest.mark.row("F-17")
async def test_a_repeated_put_that_finds_itself_is_done_and_another_is_not(dynamodb: DynamoDB) -> None:
    script = dynamodb(LOST, failed(MINE), LOST, failed(OTHERS), LOST, LOST, LOST, written_by(MINE))
    grants = DynamoGrants(script.client, "grants", ours)
    await grants.put(filled())
    with pytest.raises(AlreadyExists):
        await grants.put(filled())
    await grants.put(filled())


@pytest.mark.row("F-17")
async def test_a_repeated_deletion_that_finds_nothing_is_done(dynamodb: DynamoDB) -> None:
    script = dynamodb(LOST, failed(), LOST, failed(OTHERS), failed())
    grants = DynamoGrants(script.client, "grants", ours)
    assert await grants.delete("id")
    assert not await grants.delete("id")
    assert not await grants.delete("id")


@pytest.mark.row("F-17")
async def test_a_deletion_without_any_answer_is_looked_for(dynamodb: DynamoDB) -> None:
    script = dynamodb(LOST, LOST, LOST, {}, LOST, LOST, LOST, written_by(OTHERS))
    grants = DynamoGrants(script.client, "grants", ours)
    assert await grants.delete("id")
    with pytest.raises(AnswerLost):
        await grants.delete("id")


EXPIRED_ENTRY = item_of(ENTRY) | {"expires_at": {"N": "0"}, "ttl": {"N": str(ENTRY.expires_at)}}


@pytest.mark.row("F-17")
async def test_an_entry_taken_without_an_answer_is_the_takers(dynamodb: DynamoDB) -> None:
    script = dynamodb(LOST, failed(MINE, EXPIRED_ENTRY), {}, *[LOST] * 3, written_by(MINE, EXPIRED_ENTRY), {})
    ledger = DynamoLedger(script.client, "ledger", ours)
    assert await ledger.take(ENTRY.key, NOW) == ENTRY
    assert await ledger.take(ENTRY.key, NOW) == ENTRY
    assert script.operations == ["UpdateItem"] * 2 + ["DeleteItem"] + ["UpdateItem"] * 3 + ["GetItem", "DeleteItem"]


@pytest.mark.row("F-17")
async def test_an_entry_that_another_took_is_not_had_twice(dynamodb: DynamoDB) -> None:
    script = dynamodb(LOST, failed(OTHERS, EXPIRED_ENTRY), LOST, failed())
    ledger = DynamoLedger(script.client, "ledger", ours)
    assert await ledger.take(ENTRY.key, NOW) is None
    assert await ledger.take(ENTRY.key, NOW) is None


@pytest.mark.parametrize("answers", [[failed()], [THROTTLED] * 3, [LOST] * 3 + [written_by(MINE)]], ids=len)
async def test_an_entry_is_taken_even_if_it_cannot_be_deleted(dynamodb: DynamoDB, answers: list[Any]) -> None:
    taken = {"Attributes": wire(EXPIRED_ENTRY | {"write_id": {"B": MINE}})}
    script = dynamodb(taken, *answers)
    assert await DynamoLedger(script.client, "ledger", ours).take(ENTRY.key, NOW) == ENTRY
