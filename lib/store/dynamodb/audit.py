"""The audit events in DynamoDB: the owner is the partition, and a door needs no right but to put.

PutItem may overwrite, and no policy can forbid that. But an event's name ends in random bits that whoever may only put
cannot read, so nobody overwrites what another request wrote.
"""

import contextlib
from typing import Any

from lib.grants.update import Absent, Equals
from lib.store.audit import Event, latest_first
from lib.store.dynamodb.conversion import Item, attribute, item_of, record_of, storable
from lib.store.dynamodb.errors import ConditionFailed, ask
from lib.store.dynamodb.expressions import Terms, condition_parameters
from lib.store.dynamodb.table import DynamoDB


class DynamoAudit:
    def __init__(self, client: DynamoDB, table: str) -> None:
        self._client = client
        self._table = table

    async def append(self, event: Event) -> None:
        item = item_of(event) | {"ttl": attribute(event.expires_at)}
        # What is there by this name is this event, from an attempt whose answer was lost.
        with contextlib.suppress(ConditionFailed):
            ask(self._client.put_item, TableName=self._table, Item=item, **condition_parameters([Absent("id")]))

    async def of_owner(self, owner: str, now: int) -> list[Event]:
        if not storable(owner):
            return []
        events = [record_of(Event, item) for item in self._query(owner)]
        return latest_first(event for event in events if now < event.expires_at)

    def _query(self, owner: str) -> list[Item]:
        terms = Terms()
        parameters: dict[str, Any] = {"KeyConditionExpression": terms.all_of([Equals("owner", owner)])}
        parameters |= {"ScanIndexForward": False, "ConsistentRead": True} | terms.parameters()
        items: list[Item] = []
        while True:
            answer = ask(self._client.query, TableName=self._table, **parameters)
            items += answer["Items"]
            if "LastEvaluatedKey" not in answer:
                return items
            parameters["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    async def remove(self, event: Event) -> None:
        key = {"owner": attribute(event.owner), "id": attribute(event.id)}
        ask(self._client.delete_item, TableName=self._table, Key=key)

    async def delete_expired(self, now: int) -> int:  # noqa: ARG002 - TTL does, by its own clock
        return 0
