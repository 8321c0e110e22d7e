"""What is DynamoDB's alone of the audit events; the rest is in the contract of every store."""

from collections.abc import Callable
from typing import Any

import pytest

from mailconnect.store.dynamodb.audit import DynamoAuditEvents
from mailconnect.store.dynamodb.conversion import item_of
from tests.aws.scripted import Scripted
from tests.store.audit_contract import ALICE, NOW, event

pytestmark = pytest.mark.anyio


def answer(*items: dict[str, Any], more: bool = False) -> dict[str, Any]:
    last = {name: items[-1][name] for name in ("owner", "id")} if more else None
    return {"Items": [*items]} | ({"LastEvaluatedKey": last} if last else {})


@pytest.mark.row("F-42")
async def test_events_of_a_newer_form_are_counted_and_the_others_read(
    dynamodb: Callable[..., Scripted],
) -> None:
    newer = item_of(event(2)) | {"at": {"S": "tomorrow"}}
    script = dynamodb(answer(item_of(event(3)), newer, item_of(event(1))))
    page = await DynamoAuditEvents(script.client, "audit").of_owner(ALICE, NOW)
    assert (page.events, page.unknown, page.earlier) == ([event(3), event(1)], 1, None)


async def test_no_more_is_asked_for_than_is_wanted(dynamodb: Callable[..., Scripted]) -> None:
    """One more than the limit, which tells whether there is more."""
    script = dynamodb(answer(item_of(event(5)), more=True), answer(item_of(event(4)), item_of(event(3)), more=True))
    page = await DynamoAuditEvents(script.client, "audit").of_owner(ALICE, NOW, limit=2, before=event(6).id)
    assert (page.events, page.earlier) == ([event(5), event(4)], event(4).id)
    first, second = script.requests
    assert (first["Limit"], second["Limit"]) == (3, 2)
    assert first["KeyConditionExpression"] == "#owner = :0 AND #id < :1"
    assert first["ExpressionAttributeValues"] == {":0": {"S": ALICE}, ":1": {"S": event(6).id}}
    assert second["ExclusiveStartKey"] == {"owner": {"S": ALICE}, "id": {"S": event(5).id}}
    assert (first["ScanIndexForward"], first["ConsistentRead"]) == (False, True)
