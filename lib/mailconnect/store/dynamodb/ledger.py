"""The ledger in DynamoDB."""

import contextlib

from mailconnect.clock import Entropy
from mailconnect.grants.update import After, Equals, NotAfter, Update
from mailconnect.store.dynamodb.conversion import Item, attribute, item_of, record_of
from mailconnect.store.dynamodb.table import DynamoDB, Table
from mailconnect.store.errors import AlreadyExists, StoreUnavailable
from mailconnect.store.ledger import Entry


class DynamoLedger:
    def __init__(self, client: DynamoDB, table: str, entropy: Entropy) -> None:
        self._table = Table(client, table, "key", entropy)

    async def get(self, key: str, now: int) -> Entry | None:
        item = self._table.get(key)
        entry = None if item is None else record_of(Entry, item)
        return entry if entry is not None and now < entry.expires_at else None

    async def put(self, entry: Entry, now: int) -> None:
        item = item_of(entry) | {"ttl": attribute(entry.expires_at)}
        if not self._table.put(item, NotAfter("expires_at", now)):
            raise AlreadyExists("ledger entry")

    async def take(self, key: str, now: int) -> Entry | None:
        """Lets the entry expire, then deletes it.

        A deletion with a lost response would leave nothing that tells whose it was: nobody would own the entry (F-17).
        """
        taken = self._table.updated(key, Update((After("expires_at", now),), {"expires_at": 0}))
        if taken is None:
            return None
        with contextlib.suppress(StoreUnavailable):  # It counts as gone already; TTL takes what stays.
            self._table.delete(key, Equals("write_id", taken["write_id"]["B"]))
        return record_of(Entry, _as_it_was(taken))

    async def delete_expired(self, now: int) -> int:  # noqa: ARG002 - TTL does, by its own clock
        return 0


def _as_it_was(taken: Item) -> Item:
    """TTL's time is not touched by taking."""
    return taken | {"expires_at": taken["ttl"]}
