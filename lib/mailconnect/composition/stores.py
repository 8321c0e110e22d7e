"""Settings, stores, time, randomness and clients' documents for every entry point. It reaches no provider."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from mailconnect.audit import Audit
from mailconnect.client_documents.fetched import Fetched
from mailconnect.clock import Clock, Entropy
from mailconnect.end_grant import Wake
from mailconnect.grants.approval import Approval
from mailconnect.grants.lifetimes import Lifetimes
from mailconnect.grants.trusted_browser import TrustedBrowser
from mailconnect.oauth.clients.id_url import DocumentUrl
from mailconnect.settings import Settings
from mailconnect.store.audit import AuditEvents
from mailconnect.store.clients import Clients
from mailconnect.store.counters import Counters
from mailconnect.store.grants import Grants
from mailconnect.store.ledger import Ledger
from mailconnect.store.outbox import Outbox
from mailconnect.store.owned import Owned
from mailconnect.store.switchboard import Switchboard


@dataclass(frozen=True, slots=True, kw_only=True)
class Stores:
    settings: Settings
    clients: Clients
    grants: Grants
    ledger: Ledger
    outbox: Outbox
    counters: Counters
    switches: Switchboard
    events: AuditEvents
    approvals: Owned[Approval]
    browsers: Owned[TrustedBrowser]
    fetch_document: Callable[[DocumentUrl], Awaitable[Fetched]]
    clock: Clock
    entropy: Entropy
    wake_sweep: Wake

    @property
    def own_host(self) -> str:
        return urlsplit(self.settings.issuer).netloc

    @property
    def audit(self) -> Audit:
        return Audit(self.events, self.clock, self.entropy)

    @property
    def lifetimes(self) -> Lifetimes:
        return Lifetimes(
            access=self.settings.access_lifetime,
            refresh_idle=self.settings.refresh_idle,
            grant=self.settings.grant_lifetime,
            refresh_grace=self.settings.refresh_grace,
        )
