"""The audit events in DynamoDB: the owner is the partition, and an entry point needs no right but to put.

PutItem may overwrite, and no policy can forbid that. But an event's name ends in random bits. An entry point that may
only put cannot read them, so nobody overwrites what another request wrote.
"""

import contextlib
from typing import Any

from mailconnect.grants.update import Absent, Equals
from mailconnect.store.audit import PAGE, AuditPage, Event, latest_first
from mailconnect.store.dynamodb.conversion import Item, attribute, item_of, record_of, storable
from mailconnect.store.dynamodb.errors import ConditionFailed, ask
from mailconnect.store.dynamodb.expressions import Terms, condition_parameters
from mailconnect.store.dynamodb.table import DynamoDB
from mailconnect.store.errors import RecordUnknown


class DynamoAuditEvents:
    def __init__(self, client: DynamoDB, table: str) -> None:
        self._client = client
        self._table = table

    async def append(self, event: Event) -> None:
        item = item_of(event) | {"ttl": attribute(event.expires_at)}
        # The item of this name is this event, from an attempt whose response was lost.
        with contextlib.suppress(ConditionFailed):
            ask(self._client.put_item, TableName=self._table, Item=item, **condition_parameters([Absent("id")]))

    async def of_owner(self, owner: str, now: int, *, limit: int = PAGE, before: str | None = None) -> AuditPage:
        if not storable(owner):
            return AuditPage([])
        items = self._query(owner, before, limit + 1)
        events, unknown = [], 0
        for item in items[:limit]:
            try:
                events.append(record_of(Event, item))
            except RecordUnknown:
                unknown += 1
        earlier = items[limit - 1]["id"]["S"] if len(items) > limit else None
        # TTL may be two days late.
        return AuditPage(latest_first(event for event in events if now < event.expires_at), unknown, earlier)

    def _query(self, owner: str, before: str | None, limit: int) -> list[Item]:
        terms = Terms()
        condition = terms.all_of([Equals("owner", owner)])
        if before is not None:
            condition += f" AND {terms.name('id')} < {terms.value(before)}"
        parameters: dict[str, Any] = {"KeyConditionExpression": condition, "ScanIndexForward": False}
        parameters |= {"ConsistentRead": True} | terms.parameters()
        items: list[Item] = []
        while True:
            response = ask(self._client.query, TableName=self._table, Limit=limit - len(items), **parameters)
            items += response["Items"]
            if "LastEvaluatedKey" not in response or len(items) >= limit:
                return items
            parameters["ExclusiveStartKey"] = response["LastEvaluatedKey"]

    async def remove(self, event: Event) -> None:
        key = {"owner": attribute(event.owner), "id": attribute(event.id)}
        ask(self._client.delete_item, TableName=self._table, Key=key)

    async def delete_expired(self, now: int) -> int:  # noqa: ARG002 - TTL does, by its own clock
        return 0
