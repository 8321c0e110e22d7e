"""Counters in DynamoDB, in the ledger's table: one UpdateItem each."""

from mailconnect.store.counters import Counter
from mailconnect.store.dynamodb.conversion import attribute
from mailconnect.store.dynamodb.errors import ConditionFailed, ask
from mailconnect.store.dynamodb.table import DynamoDB


class DynamoCounters:
    def __init__(self, client: DynamoDB, table: str) -> None:
        self._client = client
        self._table = table

    async def add(self, counter: Counter, maximum: int) -> int | None:
        if counter.count > maximum:
            return None
        values = {
            ":count": attribute(counter.count),
            ":left": attribute(maximum - counter.count),
            ":end": attribute(counter.expires_at),
        }
        try:
            response = ask(
                self._client.update_item,
                TableName=self._table,
                Key={"key": attribute(counter.key)},
                UpdateExpression="SET #expires_at = :end, #ttl = :end ADD #count :count",
                ConditionExpression="attribute_not_exists(#count) OR #count <= :left",
                ExpressionAttributeNames={"#count": "count", "#expires_at": "expires_at", "#ttl": "ttl"},
                ExpressionAttributeValues=values,
                ReturnValues="UPDATED_NEW",
            )
        except ConditionFailed:
            return None
        return int(response["Attributes"]["count"]["N"])

    async def delete_expired(self, now: int) -> int:  # noqa: ARG002 - TTL does, by its own clock
        return 0
