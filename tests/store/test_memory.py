"""The stores in memory, held to the contract of the real ones."""

import pytest

from mailconnect.grants.approval import Approval
from mailconnect.grants.trusted_browser import TrustedBrowser
from mailconnect.store.memory import (
    MemoryAuditEvents,
    MemoryClients,
    MemoryCounters,
    MemoryGrants,
    MemoryLedger,
    MemoryOutbox,
    MemoryOwned,
    MemorySwitches,
)
from tests.store.audit_contract import AuditContract
from tests.store.clients_contract import ClientsContract
from tests.store.counters_contract import CountersContract
from tests.store.grants_contract import GrantsContract
from tests.store.ledger_contract import LedgerContract
from tests.store.outbox_contract import OutboxContract
from tests.store.owned_contract import OwnedContract
from tests.store.switches_contract import SwitchesContract

pytestmark = pytest.mark.anyio


class TestMemoryClients(ClientsContract):
    @pytest.fixture
    def clients(self) -> MemoryClients:
        return MemoryClients()

    @pytest.fixture
    def clients_elsewhere(self, clients: MemoryClients) -> MemoryClients:
        return clients


class TestMemoryGrants(GrantsContract):
    @pytest.fixture
    def grants(self) -> MemoryGrants:
        return MemoryGrants()

    @pytest.fixture
    def grants_elsewhere(self, grants: MemoryGrants) -> MemoryGrants:
        return grants


class TestMemoryCounters(CountersContract):
    @pytest.fixture
    def counters(self) -> MemoryCounters:
        return MemoryCounters()

    @pytest.fixture
    def counters_elsewhere(self, counters: MemoryCounters) -> MemoryCounters:
        return counters


class TestMemoryLedger(LedgerContract):
    @pytest.fixture
    def ledger(self) -> MemoryLedger:
        return MemoryLedger()

    @pytest.fixture
    def ledger_elsewhere(self, ledger: MemoryLedger) -> MemoryLedger:
        return ledger


class TestMemorySwitches(SwitchesContract):
    @pytest.fixture
    def switches(self) -> MemorySwitches:
        return MemorySwitches()

    @pytest.fixture
    def switches_elsewhere(self, switches: MemorySwitches) -> MemorySwitches:
        return switches


class TestMemoryAudit(AuditContract):
    @pytest.fixture
    def audit(self) -> MemoryAuditEvents:
        return MemoryAuditEvents()

    @pytest.fixture
    def audit_elsewhere(self, audit: MemoryAuditEvents) -> MemoryAuditEvents:
        return audit


class TestMemoryOutbox(OutboxContract):
    @pytest.fixture
    def outbox(self) -> MemoryOutbox:
        return MemoryOutbox()

    @pytest.fixture
    def outbox_elsewhere(self, outbox: MemoryOutbox) -> MemoryOutbox:
        return outbox


class TestMemoryOwned(OwnedContract):
    @pytest.fixture
    def approvals(self) -> MemoryOwned[Approval]:
        return MemoryOwned()

    @pytest.fixture
    def approvals_elsewhere(self, approvals: MemoryOwned[Approval]) -> MemoryOwned[Approval]:
        return approvals

    @pytest.fixture
    def browsers(self) -> MemoryOwned[TrustedBrowser]:
        return MemoryOwned()
