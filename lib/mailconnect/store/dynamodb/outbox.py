"""The outbox in DynamoDB: an item of the ledger's table, which may work when the grants' is throttled or broken."""

from mailconnect import pseudonyms
from mailconnect.clock import Entropy
from mailconnect.grants.grant import Grant
from mailconnect.grants.provider_refresh.refreshed import Refreshed
from mailconnect.grants.update import NotAfter
from mailconnect.ledger_keys import LedgerKind, ledger_key
from mailconnect.store.dynamodb.conversion import attribute, item_of, record_of
from mailconnect.store.dynamodb.grants import KEPT_AFTER_DUE
from mailconnect.store.dynamodb.table import DynamoDB, Table


class DynamoOutbox:
    def __init__(self, client: DynamoDB, ledger_table: str, entropy: Entropy) -> None:
        self._table = Table(client, ledger_table, "key", entropy)

    async def put(self, grant: Grant, refreshed: Refreshed) -> None:
        # It is found when the grant is next refreshed or revoked, however late: it ends when the grant's item does.
        derived = {"key": attribute(_key(grant.id)), "ttl": attribute(grant.expires_at + KEPT_AFTER_DUE)}
        self._table.put(item_of(refreshed) | derived, NotAfter("props_version", refreshed.props_version))

    async def get(self, grant_id: str) -> Refreshed | None:
        item = self._table.get(_key(grant_id))
        return None if item is None else record_of(Refreshed, item)

    async def remove(self, grant_id: str, props_version: int) -> None:
        self._table.delete(_key(grant_id), NotAfter("props_version", props_version))


def _key(grant_id: str) -> str:
    return ledger_key(LedgerKind.REFRESHED, pseudonyms.grant_hash(grant_id))
