"""One table, as botocore's low-level client reaches it, and what makes a write with a lost response known again (F-17).

botocore repeats a request that timed out or met a 5xx. If the first one was carried out all the same, the repeated one
finds its condition broken, by itself. So every write leaves a random `write_id` in the item: a failed condition whose
item bears our own is a success. Where no attempt is answered, one strongly consistent read looks for it.

The calls run inline, on the event loop's thread: a Lambda serves one request at a time.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from mailconnect.clock import Entropy
from mailconnect.grants.update import Condition, Update
from mailconnect.store.dynamodb.conversion import Item, attribute, storable
from mailconnect.store.dynamodb.errors import AnswerLost, ConditionFailed, ask
from mailconnect.store.dynamodb.expressions import Terms, condition_parameters, update_parameters

_WRITE_ID_BYTES = 12


class DynamoDB(Protocol):
    """The calls that are made of botocore's client: nobody needs the right to any other."""

    def get_item(self, **parameters: Any) -> dict[str, Any]: ...

    def put_item(self, **parameters: Any) -> dict[str, Any]: ...

    def update_item(self, **parameters: Any) -> dict[str, Any]: ...

    def delete_item(self, **parameters: Any) -> dict[str, Any]: ...

    def query(self, **parameters: Any) -> dict[str, Any]: ...


@dataclass(frozen=True, slots=True)
class Table:
    """`key` is the name of the key attribute, a string. Every method raises StoreUnavailable."""

    client: DynamoDB
    name: str
    key: str
    entropy: Entropy = field(repr=False)

    def get(self, key: str) -> Item | None:
        """Strongly consistent, since callers decide on what they read here (F-26)."""
        if not storable(key):
            return None
        response = ask(self.client.get_item, TableName=self.name, Key=self._at(key), ConsistentRead=True)
        item: Item | None = response.get("Item")
        return item

    def put(self, item: Item, *conditions: Condition) -> bool:
        """Whether the conditions held for the item that was there. The new one is in its place then."""
        write_id = self.entropy(_WRITE_ID_BYTES)
        parameters = {"Item": item | {"write_id": attribute(write_id)}} | condition_parameters(conditions)
        return self._write(self.client.put_item, item[self.key]["S"], write_id, parameters) is not None

    def update(self, key: str, update: Update) -> bool:
        """Whether there is such an item, the conditions held and the change was made."""
        return self._update(key, update, "NONE") is not None

    def updated(self, key: str, update: Update) -> Item | None:
        """As `update`; the item after the change."""
        return self._update(key, update, "ALL_NEW")

    def delete(self, key: str, *conditions: Condition) -> bool:
        """Whether the item was there, the conditions held and it is gone."""
        if not storable(key):
            return False
        parameters = {"Key": self._at(key)} | condition_parameters(conditions)
        try:
            self._ask_for_write(self.client.delete_item, parameters)
        except ConditionFailed as failed:
            return failed.repeated and failed.item is None  # By an earlier attempt of this same request.
        except AnswerLost:
            if self.get(key) is not None:
                raise
        return True

    def query(self, index: str, condition: Callable[[Terms], str], **limits: Any) -> Iterator[Item]:
        """The index's items, in the order of its sort key, read as they are taken; an index lags behind its table."""
        terms = Terms()
        parameters: dict[str, Any] = {"KeyConditionExpression": condition(terms)} | terms.parameters() | limits
        while True:
            response = ask(self.client.query, TableName=self.name, IndexName=index, **parameters)
            yield from response["Items"]
            if "LastEvaluatedKey" not in response:
                return
            parameters["ExclusiveStartKey"] = response["LastEvaluatedKey"]

    def _update(self, key: str, update: Update, returned: str) -> Item | None:
        if not storable(key):
            return None
        write_id = self.entropy(_WRITE_ID_BYTES)
        marked = replace(update, set={**update.set, "write_id": write_id})
        parameters = {"Key": self._at(key), "ReturnValues": returned} | update_parameters(self.key, marked)
        return self._write(self.client.update_item, key, write_id, parameters)

    def _write(
        self, call: Callable[..., dict[str, Any]], key: str, write_id: bytes, parameters: dict[str, Any]
    ) -> Item | None:
        """The item where it is known, or else nothing but that the write was made; None when a condition failed."""
        try:
            attributes: Item = self._ask_for_write(call, parameters).get("Attributes", {})
        except ConditionFailed as failed:
            return failed.item if _bears(failed.item, write_id) else None
        except AnswerLost:
            item = self.get(key)
            if not _bears(item, write_id):
                raise
            return item
        return attributes

    def _ask_for_write(self, call: Callable[..., dict[str, Any]], parameters: dict[str, Any]) -> dict[str, Any]:
        return ask(call, TableName=self.name, ReturnValuesOnConditionCheckFailure="ALL_OLD", **parameters)

    def _at(self, key: str) -> Item:
        return {self.key: attribute(key)}


def _bears(item: Item | None, write_id: bytes) -> bool:
    return item is not None and item.get("write_id") == attribute(write_id)
