"""The switches in DynamoDB: one item, with an attribute for each that is on.

A turn sets the state and does not reverse it: a second turn, or one after a lost response, changes nothing.
"""

from collections.abc import Mapping

from mailconnect.store.dynamodb.conversion import attribute
from mailconnect.store.dynamodb.errors import ask
from mailconnect.store.dynamodb.table import DynamoDB
from mailconnect.store.switches import Switch

_KEY = {"id": attribute("switches")}


class DynamoSwitches:
    def __init__(self, client: DynamoDB, table: str) -> None:
        self._client = client
        self._table = table

    async def turned_on(self) -> Mapping[Switch, int]:
        item = ask(self._client.get_item, TableName=self._table, Key=_KEY, ConsistentRead=True).get("Item", {})
        return {switch: int(item[switch]["N"]) for switch in Switch if switch in item}

    async def turn_on(self, switch: Switch, now: int) -> None:
        values = {":now": attribute(now)}
        self._update("SET #switch = if_not_exists(#switch, :now)", switch, ExpressionAttributeValues=values)

    async def turn_off(self, switch: Switch) -> None:
        self._update("REMOVE #switch", switch)

    def _update(self, expression: str, switch: Switch, **values: object) -> None:
        ask(
            self._client.update_item,
            TableName=self._table,
            Key=_KEY,
            UpdateExpression=expression,
            ExpressionAttributeNames={"#switch": str(switch)},
            **values,
        )
