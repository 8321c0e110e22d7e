"""Records of one owner in DynamoDB: approvals and browsers that may approve, in one table."""

from dataclasses import fields, replace
from typing import Generic

from mailconnect.clock import Entropy
from mailconnect.grants.update import After, Condition, Equals, NotAfter, Update
from mailconnect.store.dynamodb.conversion import attribute, item_of, record_of, storable
from mailconnect.store.dynamodb.expressions import Terms
from mailconnect.store.dynamodb.table import DynamoDB, Table
from mailconnect.store.errors import AlreadyExists
from mailconnect.store.owned import PREFIXES, R, latest_first


class DynamoOwned(Generic[R]):
    def __init__(self, kind: type[R], client: DynamoDB, table: str, entropy: Entropy) -> None:
        self._kind: type[R] = kind
        self._prefix = PREFIXES[kind]
        self._changeable = {field.name for field in fields(kind)} - {"id", "owner"}
        self._table = Table(client, table, "id", entropy)

    async def get(self, record_id: str, now: int) -> R | None:
        item = self._table.get(record_id)
        record = None if item is None else record_of(self._kind, item)
        return record if record is not None and now < record.expires_at else None

    async def put(self, record: R, now: int) -> None:
        item = item_of(record) | {"ttl": attribute(record.expires_at)}
        if not self._table.put(item, NotAfter("expires_at", now)):
            raise AlreadyExists("owned record")

    async def replace(self, record: R, *conditions: Condition) -> bool:
        item = item_of(record) | {"ttl": attribute(record.expires_at)}
        return self._table.put(item, After("created_at", -1), *conditions)  # there is no item whose time fails this

    async def update(self, record_id: str, update: Update) -> bool:
        unknown = {*update.set, *update.remove} - self._changeable
        if unknown:
            raise ValueError(f"the record has no attribute {min(unknown)} to change")
        ttl = {"ttl": update.set["expires_at"]} if "expires_at" in update.set else {}
        return self._table.update(record_id, replace(update, set={**update.set, **ttl}))

    async def of_owner(self, owner: str, now: int) -> list[R]:
        if not storable(owner):
            return []

        def its(terms: Terms) -> str:
            of_owner = terms.all_of([Equals("owner", owner)])
            return f"{of_owner} AND begins_with({terms.name('id')}, {terms.value(self._prefix)})"

        found = [await self.get(item["id"]["S"], now) for item in self._table.query("owner", its)]
        # Checked again: the index may lag behind.
        return latest_first([record for record in found if record is not None and record.owner == owner])

    async def delete(self, record_id: str) -> bool:
        return self._table.delete(record_id, After("created_at", -1))

    async def delete_expired(self, now: int) -> int:  # noqa: ARG002 - TTL does, by its own clock
        return 0
