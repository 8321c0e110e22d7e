"""What every door has: settings, stores, time and randomness, what clients publish. Nothing here reaches a provider."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from lib.client_documents.fetched import Fetched
from lib.clock import Clock, Entropy
from lib.endpoints.wake import Wake
from lib.grants.lifetimes import Lifetimes
from lib.oauth.client_id_url import DocumentUrl
from lib.settings import Settings
from lib.store.audit import Audit
from lib.store.clients import Clients
from lib.store.counters import Counters
from lib.store.grants import Grants
from lib.store.ledger import Ledger
from lib.store.outbox import Outbox
from lib.store.switchboard import Switchboard
from lib.trail import Trail


@dataclass(frozen=True, slots=True, kw_only=True)
class Stores:
    settings: Settings
    clients: Clients
    grants: Grants
    ledger: Ledger
    outbox: Outbox
    counters: Counters
    switches: Switchboard
    events: Audit
    fetch_document: Callable[[DocumentUrl], Awaitable[Fetched]]
    clock: Clock
    entropy: Entropy
    wake_sweep: Wake

    @property
    def own_host(self) -> str:
        return urlsplit(self.settings.issuer).netloc

    @property
    def trail(self) -> Trail:
        return Trail(self.events, self.clock, self.entropy)

    @property
    def lifetimes(self) -> Lifetimes:
        return Lifetimes(
            access=self.settings.access_lifetime,
            refresh_idle=self.settings.refresh_idle,
            grant=self.settings.grant_lifetime,
            refresh_grace=self.settings.refresh_grace,
        )
