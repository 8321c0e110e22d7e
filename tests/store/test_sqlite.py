"""The SQLite adapters, held to the contract of every store. What is theirs alone is in tests/store/sqlite."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from mailconnect.grants.approval import Approval
from mailconnect.grants.trusted_browser import TrustedBrowser
from mailconnect.store.sqlite.audit import SqliteAuditEvents
from mailconnect.store.sqlite.clients import SqliteClients
from mailconnect.store.sqlite.counters import SqliteCounters
from mailconnect.store.sqlite.database import Database
from mailconnect.store.sqlite.grants import SqliteGrants
from mailconnect.store.sqlite.ledger import SqliteLedger
from mailconnect.store.sqlite.outbox import FileOutbox
from mailconnect.store.sqlite.owned import SqliteOwned
from mailconnect.store.sqlite.switches import SqliteSwitches
from tests.store.audit_contract import AuditContract
from tests.store.clients_contract import ClientsContract
from tests.store.counters_contract import CountersContract
from tests.store.grants_contract import GrantsContract
from tests.store.ledger_contract import LedgerContract
from tests.store.outbox_contract import OutboxContract
from tests.store.owned_contract import OwnedContract
from tests.store.switches_contract import SwitchesContract

pytestmark = pytest.mark.anyio


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Database]:
    database = Database.open(tmp_path / "mailconnect.db")
    yield database
    await database.close()


@pytest.fixture
async def elsewhere(here: Database, tmp_path: Path) -> AsyncIterator[Database]:
    database = Database.open(tmp_path / "mailconnect.db")
    yield database
    await database.close()


class TestSqliteCounters(CountersContract):
    @pytest.fixture
    def counters(self, here: Database) -> SqliteCounters:
        return SqliteCounters(here)

    @pytest.fixture
    def counters_elsewhere(self, elsewhere: Database) -> SqliteCounters:
        return SqliteCounters(elsewhere)


class TestSqliteClients(ClientsContract):
    @pytest.fixture
    def clients(self, here: Database) -> SqliteClients:
        return SqliteClients(here)

    @pytest.fixture
    def clients_elsewhere(self, elsewhere: Database) -> SqliteClients:
        return SqliteClients(elsewhere)


class TestSqliteGrants(GrantsContract):
    @pytest.fixture
    def grants(self, here: Database) -> SqliteGrants:
        return SqliteGrants(here)

    @pytest.fixture
    def grants_elsewhere(self, elsewhere: Database) -> SqliteGrants:
        return SqliteGrants(elsewhere)


class TestSqliteLedger(LedgerContract):
    @pytest.fixture
    def ledger(self, here: Database) -> SqliteLedger:
        return SqliteLedger(here)

    @pytest.fixture
    def ledger_elsewhere(self, elsewhere: Database) -> SqliteLedger:
        return SqliteLedger(elsewhere)


class TestSqliteSwitches(SwitchesContract):
    @pytest.fixture
    def switches(self, here: Database) -> SqliteSwitches:
        return SqliteSwitches(here)

    @pytest.fixture
    def switches_elsewhere(self, elsewhere: Database) -> SqliteSwitches:
        return SqliteSwitches(elsewhere)


class TestSqliteAudit(AuditContract):
    @pytest.fixture
    def audit(self, here: Database) -> SqliteAuditEvents:
        return SqliteAuditEvents(here)

    @pytest.fixture
    def audit_elsewhere(self, elsewhere: Database) -> SqliteAuditEvents:
        return SqliteAuditEvents(elsewhere)


class TestFileOutbox(OutboxContract):
    @pytest.fixture
    def outbox(self, tmp_path: Path) -> FileOutbox:
        return FileOutbox(tmp_path / "data" / "outbox")

    @pytest.fixture
    def outbox_elsewhere(self, tmp_path: Path) -> FileOutbox:
        return FileOutbox(tmp_path / "data" / "outbox")


class TestSqliteOwned(OwnedContract):
    @pytest.fixture
    def approvals(self, here: Database) -> SqliteOwned[Approval]:
        return SqliteOwned(Approval, here)

    @pytest.fixture
    def approvals_elsewhere(self, elsewhere: Database) -> SqliteOwned[Approval]:
        return SqliteOwned(Approval, elsewhere)

    @pytest.fixture
    def browsers(self, here: Database) -> SqliteOwned[TrustedBrowser]:
        return SqliteOwned(TrustedBrowser, here)
