"""Grants in DynamoDB: an `Update` is one UpdateItem, and a lookup one strongly consistent GetItem."""

import zlib
from dataclasses import fields, replace
from itertools import islice

from mailconnect.clock import Entropy
from mailconnect.grants.grant import READABLE_VERSION, Grant, GrantState
from mailconnect.grants.update import Absent, Condition, Equals, NotAfter, Update, Value
from mailconnect.store.dynamodb.conversion import Item, attribute, item_of, record_of, storable
from mailconnect.store.dynamodb.expressions import Terms
from mailconnect.store.dynamodb.table import DynamoDB, Table
from mailconnect.store.errors import AlreadyExists, RecordUnknown

DUE_SHARDS = 8
"""Partitions of the due index, so that retiring many grants at once is not throttled by one (1,000 writes a second)."""

KEPT_AFTER_DUE = 30 * 86_400
"""Seconds until TTL takes what the sweep should have erased, counted anew from each of its attempts.

TTL revokes nothing at the provider.
"""

_DUE, _OWNER = "due", "owner"  # indexes
_CHANGEABLE = frozenset(field.name for field in fields(Grant)) - {"id"}
_OF_OUR_FORM = NotAfter("schema_version", READABLE_VERSION)


class DynamoGrants:
    def __init__(self, client: DynamoDB, table: str, entropy: Entropy) -> None:
        self._table = Table(client, table, "id", entropy)

    async def get(self, grant_id: str) -> Grant | None:
        item = self._table.get(grant_id)
        grant = None if item is None else record_of(Grant, item)
        if grant is not None and grant.schema_version > READABLE_VERSION:
            raise RecordUnknown("a grant of a newer version")
        return grant

    async def put(self, grant: Grant) -> None:
        derived = {"due_shard": attribute(_due_shard(grant.id)), "ttl": attribute(grant.due_at + KEPT_AFTER_DUE)}
        if not self._table.put(item_of(grant) | derived, Absent("id")):
            raise AlreadyExists("grant")

    async def update(self, grant_id: str, update: Update) -> bool:
        """False also if this was made, its response lost, and another update made since: a new read shows it (F-17)."""
        return self._table.update(grant_id, _stored(update))

    async def due(self, now: int, limit: int, past: int = 0) -> list[str]:
        found: list[Item] = []
        maximum = past + limit
        for shard in range(DUE_SHARDS):

            def due(terms: Terms, shard: int = shard) -> str:
                return terms.all_of([Equals("due_shard", shard)]) + f" AND {terms.name('due_at')} <= {terms.value(now)}"

            found += islice(self._table.query(_DUE, due, Limit=maximum), maximum)
        found.sort(key=lambda item: (int(item["due_at"]["N"]), item["id"]["S"]))
        return [item["id"]["S"] for item in found[past:maximum]]

    async def owned_by(self, owner: str) -> list[str]:
        if not storable(owner):
            return []
        items = self._table.query(_OWNER, lambda terms: terms.all_of([Equals("owner", owner)]))
        return [item["id"]["S"] for item in items]

    async def everybodys(self) -> list[str]:
        """By the index that each is in, so that nobody needs the right to scan."""
        found: list[str] = []
        for shard in range(DUE_SHARDS):

            def of_shard(terms: Terms, shard: int = shard) -> str:
                return terms.all_of([Equals("due_shard", shard)])

            found += [item["id"]["S"] for item in self._table.query(_DUE, of_shard)]
        return found

    async def delete(self, grant_id: str) -> bool:
        return self._table.delete(grant_id, Equals("state", GrantState.RETIRED), _OF_OUR_FORM)


def _stored(update: Update) -> Update:
    """With what is derived from the grant's own attributes, and for a grant of our form alone."""
    named = {*update.set, *update.remove, *(condition.attribute for condition in update.conditions)}
    unknown = named - _CHANGEABLE
    if unknown:
        raise ValueError(f"a grant has no attribute {min(unknown)} to change")
    conditions: tuple[Condition, ...] = (*update.conditions, _OF_OUR_FORM)
    derived: dict[str, Value] = {}
    if "due_at" in update.set:
        derived["ttl"] = int(update.set["due_at"]) + KEPT_AFTER_DUE
    return replace(update, conditions=conditions, set={**update.set, **derived})


def _due_shard(grant_id: str) -> int:
    return zlib.crc32(grant_id.encode()) % DUE_SHARDS
