"""The stores as a Lambda function has them: DynamoDB, and no way to the provider."""

import os
import time

from handlers.aws.client import LateClient
from handlers.aws.wake import CONFIG as WAKE_CONFIG
from handlers.aws.wake import wake_by_invoking
from mailconnect.composition.late_fetch import LateFetch
from mailconnect.composition.stores import Stores
from mailconnect.end_grant import Wake, wake_nobody
from mailconnect.grants.approval import Approval
from mailconnect.grants.trusted_browser import TrustedBrowser
from mailconnect.settings import Settings
from mailconnect.store.dynamodb.audit import DynamoAuditEvents
from mailconnect.store.dynamodb.client_config import dynamodb_config
from mailconnect.store.dynamodb.clients import DynamoClients
from mailconnect.store.dynamodb.counters import DynamoCounters
from mailconnect.store.dynamodb.grants import DynamoGrants
from mailconnect.store.dynamodb.ledger import DynamoLedger
from mailconnect.store.dynamodb.outbox import DynamoOutbox
from mailconnect.store.dynamodb.owned import DynamoOwned
from mailconnect.store.dynamodb.switches import DynamoSwitches
from mailconnect.store.switchboard import Switchboard


def stores(
    settings: Settings,
    *,
    clients_table: str = "",
    grants_table: str = "",
    ledger_table: str = "",
    switches_table: str = "",
    audit_table: str = "",
    approvals_table: str = "",
    sweep_function: str = "",
) -> Stores:
    """An entry point names the tables that it has rights to. DynamoDB is never asked about another one."""
    dynamodb = LateClient("dynamodb", dynamodb_config())
    return Stores(
        settings=settings,
        clients=DynamoClients(dynamodb, clients_table, os.urandom),
        grants=DynamoGrants(dynamodb, grants_table, os.urandom),
        ledger=DynamoLedger(dynamodb, ledger_table, os.urandom),
        outbox=DynamoOutbox(dynamodb, ledger_table, os.urandom),
        counters=DynamoCounters(dynamodb, ledger_table),
        switches=Switchboard(DynamoSwitches(dynamodb, switches_table), _clock),
        events=DynamoAuditEvents(dynamodb, audit_table),
        approvals=DynamoOwned(Approval, dynamodb, approvals_table, os.urandom),
        browsers=DynamoOwned(TrustedBrowser, dynamodb, approvals_table, os.urandom),
        fetch_document=LateFetch(),
        clock=_clock,
        entropy=os.urandom,
        wake_sweep=wake_by_invoking(LateClient("lambda", WAKE_CONFIG), sweep_function)
        if sweep_function
        else wake_nobody,
    )


def _wake(sweep_function: str) -> Wake:
    return wake_by_invoking(LateClient("lambda", WAKE_CONFIG), sweep_function)


def _clock() -> int:
    return int(time.time())
