"""The adapters of DynamoDB on tables of an emulator, as `running_bridge` takes them."""

import os
from collections.abc import Mapping
from typing import Any

from mailconnect.grants.approval import Approval
from mailconnect.grants.trusted_browser import TrustedBrowser
from mailconnect.store.dynamodb.audit import DynamoAuditEvents
from mailconnect.store.dynamodb.clients import DynamoClients
from mailconnect.store.dynamodb.counters import DynamoCounters
from mailconnect.store.dynamodb.grants import DynamoGrants
from mailconnect.store.dynamodb.ledger import DynamoLedger
from mailconnect.store.dynamodb.outbox import DynamoOutbox
from mailconnect.store.dynamodb.owned import DynamoOwned
from tests.aws import tables


def new_tables(client: Any) -> dict[str, str]:
    """Their names, by kind."""
    return {kind: tables.create(client, kind) for kind in tables.TABLES}


def stores_on(client: Any, names: Mapping[str, str]) -> dict[str, Any]:
    return {
        "clients": DynamoClients(client, names["clients"], os.urandom),
        "grants": DynamoGrants(client, names["grants"], os.urandom),
        "ledger": DynamoLedger(client, names["ledger"], os.urandom),
        "counters": DynamoCounters(client, names["ledger"]),
        "events": DynamoAuditEvents(client, names["audit"]),
        "approvals": DynamoOwned(Approval, client, names["approvals"], os.urandom),
        "browsers": DynamoOwned(TrustedBrowser, client, names["approvals"], os.urandom),
        "outbox": DynamoOutbox(client, names["ledger"], os.urandom),
    }
