"""The DynamoDB adapters, held to the contract of every store, on two emulators of it."""

import os
from typing import Any

import pytest

from mailconnect.grants.approval import Approval
from mailconnect.grants.trusted_browser import TrustedBrowser
from mailconnect.store.dynamodb.audit import DynamoAuditEvents
from mailconnect.store.dynamodb.clients import DynamoClients
from mailconnect.store.dynamodb.counters import DynamoCounters
from mailconnect.store.dynamodb.grants import DynamoGrants
from mailconnect.store.dynamodb.ledger import DynamoLedger
from mailconnect.store.dynamodb.outbox import DynamoOutbox
from mailconnect.store.dynamodb.owned import DynamoOwned
from mailconnect.store.dynamodb.switches import DynamoSwitches
from tests.aws import tables
from tests.store.audit_contract import AuditContract
from tests.store.clients_contract import ClientsContract
from tests.store.counters_contract import CountersContract
from tests.store.grants_contract import GrantsContract
from tests.store.ledger_contract import LedgerContract
from tests.store.outbox_contract import OutboxContract
from tests.store.owned_contract import OwnedContract
from tests.store.switches_contract import SwitchesContract

pytestmark = [pytest.mark.anyio, pytest.mark.aws]


class TestDynamoClients(ClientsContract):
    expires_by_itself = True

    @pytest.fixture
    def table(self, dynamodb: Any) -> str:
        return tables.create(dynamodb, "clients")

    @pytest.fixture
    def clients(self, dynamodb: Any, table: str) -> DynamoClients:
        return DynamoClients(dynamodb, table, os.urandom)

    @pytest.fixture
    def clients_elsewhere(self, dynamodb_elsewhere: Any, table: str) -> DynamoClients:
        return DynamoClients(dynamodb_elsewhere, table, os.urandom)


class TestDynamoCounters(CountersContract):
    expires_by_itself = True

    @pytest.fixture
    def table(self, dynamodb: Any) -> str:
        return tables.create(dynamodb, "ledger")

    @pytest.fixture
    def counters(self, dynamodb: Any, table: str) -> DynamoCounters:
        return DynamoCounters(dynamodb, table)

    @pytest.fixture
    def counters_elsewhere(self, dynamodb_elsewhere: Any, table: str) -> DynamoCounters:
        return DynamoCounters(dynamodb_elsewhere, table)


class TestDynamoGrants(GrantsContract):
    @pytest.fixture
    def table(self, dynamodb: Any) -> str:
        return tables.create(dynamodb, "grants")

    @pytest.fixture
    def grants(self, dynamodb: Any, table: str) -> DynamoGrants:
        return DynamoGrants(dynamodb, table, os.urandom)

    @pytest.fixture
    def grants_elsewhere(self, dynamodb_elsewhere: Any, table: str) -> DynamoGrants:
        return DynamoGrants(dynamodb_elsewhere, table, os.urandom)


class TestDynamoLedger(LedgerContract):
    expires_by_itself = True

    @pytest.fixture
    def table(self, dynamodb: Any) -> str:
        return tables.create(dynamodb, "ledger")

    @pytest.fixture
    def ledger(self, dynamodb: Any, table: str) -> DynamoLedger:
        return DynamoLedger(dynamodb, table, os.urandom)

    @pytest.fixture
    def ledger_elsewhere(self, dynamodb_elsewhere: Any, table: str) -> DynamoLedger:
        return DynamoLedger(dynamodb_elsewhere, table, os.urandom)


class TestDynamoSwitches(SwitchesContract):
    @pytest.fixture
    def table(self, dynamodb: Any) -> str:
        return tables.create(dynamodb, "switches")

    @pytest.fixture
    def switches(self, dynamodb: Any, table: str) -> DynamoSwitches:
        return DynamoSwitches(dynamodb, table)

    @pytest.fixture
    def switches_elsewhere(self, dynamodb_elsewhere: Any, table: str) -> DynamoSwitches:
        return DynamoSwitches(dynamodb_elsewhere, table)


class TestDynamoAuditEvents(AuditContract):
    expires_by_itself = True

    @pytest.fixture
    def table(self, dynamodb: Any) -> str:
        return tables.create(dynamodb, "audit")

    @pytest.fixture
    def audit(self, dynamodb: Any, table: str) -> DynamoAuditEvents:
        return DynamoAuditEvents(dynamodb, table)

    @pytest.fixture
    def audit_elsewhere(self, dynamodb_elsewhere: Any, table: str) -> DynamoAuditEvents:
        return DynamoAuditEvents(dynamodb_elsewhere, table)


class TestDynamoOutbox(OutboxContract):
    @pytest.fixture
    def table(self, dynamodb: Any) -> str:
        return tables.create(dynamodb, "ledger")

    @pytest.fixture
    def outbox(self, dynamodb: Any, table: str) -> DynamoOutbox:
        return DynamoOutbox(dynamodb, table, os.urandom)

    @pytest.fixture
    def outbox_elsewhere(self, dynamodb_elsewhere: Any, table: str) -> DynamoOutbox:
        return DynamoOutbox(dynamodb_elsewhere, table, os.urandom)


class TestDynamoOwned(OwnedContract):
    expires_by_itself = True

    @pytest.fixture
    def table(self, dynamodb: Any) -> str:
        return tables.create(dynamodb, "approvals")

    @pytest.fixture
    def approvals(self, dynamodb: Any, table: str) -> DynamoOwned[Approval]:
        return DynamoOwned(Approval, dynamodb, table, os.urandom)

    @pytest.fixture
    def approvals_elsewhere(self, dynamodb_elsewhere: Any, table: str) -> DynamoOwned[Approval]:
        return DynamoOwned(Approval, dynamodb_elsewhere, table, os.urandom)

    @pytest.fixture
    def browsers(self, dynamodb: Any, table: str) -> DynamoOwned[TrustedBrowser]:
        return DynamoOwned(TrustedBrowser, dynamodb, table, os.urandom)
