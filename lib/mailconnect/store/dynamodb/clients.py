"""Registered clients in DynamoDB."""

from dataclasses import fields, replace

from mailconnect.clock import Entropy
from mailconnect.grants.update import Equals, NotAfter, Update
from mailconnect.oauth.clients.client import Client
from mailconnect.store.dynamodb.conversion import attribute, item_of, record_of
from mailconnect.store.dynamodb.table import DynamoDB, Table
from mailconnect.store.errors import AlreadyExists


class DynamoClients:
    def __init__(self, client: DynamoDB, table: str, entropy: Entropy) -> None:
        self._table = Table(client, table, "id", entropy)

    async def get(self, client_id: str, now: int) -> Client | None:
        item = self._table.get(client_id)
        client = None if item is None else record_of(Client, item)
        return client if client is not None and now < client.expires_at else None

    async def put(self, client: Client) -> None:
        """A registration that had expired when this one was created is in nobody's way."""
        item = item_of(client) | {"ttl": attribute(client.expires_at)}
        if not self._table.put(item, NotAfter("expires_at", client.created_at)):
            raise AlreadyExists("client")

    async def remember(self, client: Client) -> None:
        item = item_of(client) | {"ttl": attribute(client.expires_at)}
        read_before = NotAfter("created_at", client.created_at)
        if self._table.put(item, NotAfter("expires_at", client.expires_at), read_before):
            return
        if not self._table.update(client.id, replace(_all_but_its_end(client), conditions=(read_before,))):
            await self.keep_until(client.id, client.expires_at)

    async def replace(self, client: Client, registration_hash: str) -> bool:
        held = (Equals("registration_hash", registration_hash),)
        return self._table.update(client.id, replace(_all_but_its_end(client), conditions=held))

    async def delete(self, client_id: str, registration_hash: str) -> bool:
        return self._table.delete(client_id, Equals("registration_hash", registration_hash))

    async def keep_until(self, client_id: str, expires_at: int) -> None:
        later = Update((NotAfter("expires_at", expires_at - 1),), {"expires_at": expires_at, "ttl": expires_at})
        self._table.update(client_id, later)

    async def delete_expired(self, now: int) -> int:  # noqa: ARG002 - TTL does, by its own clock
        return 0


def _all_but_its_end(client: Client) -> Update:
    item = item_of(client)
    said = {name: getattr(client, name) for name in item.keys() - {"id", "expires_at"}}
    return Update((), said, frozenset(field.name for field in fields(client)) - item.keys())
