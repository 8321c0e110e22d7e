"""The sweep keeps the promises of PRIVACY.md: what has ended is revoked at the provider and erased, with a receipt."""

from dataclasses import dataclass

from mailconnect.audit import Audit
from mailconnect.clock import Clock
from mailconnect.grants.approval import Approval
from mailconnect.grants.trusted_browser import TrustedBrowser
from mailconnect.keys.port import DataKeyOpener
from mailconnect.provider.oauth_client import OAuthClient
from mailconnect.store.clients import Clients
from mailconnect.store.counters import Counters
from mailconnect.store.grants import Grants
from mailconnect.store.ledger import Ledger
from mailconnect.store.outbox import Outbox
from mailconnect.store.owned import Owned
from mailconnect.sweep.due_grants import DueGrants
from mailconnect.sweep.owner_erasure import OwnerErasure
from mailconnect.sweep.revocation import Revocation


@dataclass(frozen=True, slots=True)
class Sweep:
    """Safe to run twice at once, and to be killed at any step: each step finds what the last one left."""

    clients: Clients
    grants: Grants
    ledger: Ledger
    counters: Counters
    audit: Audit
    outbox: Outbox
    opener: DataKeyOpener
    oauth: OAuthClient
    clock: Clock
    owned: tuple[Owned[Approval] | Owned[TrustedBrowser], ...] = ()

    async def run(self) -> int:
        """One round. Returns how many records went that leave traces in the store: all but registrations."""
        revocation = Revocation(self.grants, self.audit, self.outbox, self.opener, self.oauth, self.clock)
        due = DueGrants(self.grants, self.ledger, self.audit, self.outbox, revocation, self.clock)
        erased = await due.erase() + await OwnerErasure(self.grants, self.audit, self.clock, self.owned).erase()
        await self.clients.delete_expired(self.clock())
        erased += await self.ledger.delete_expired(self.clock())
        erased += await self.counters.delete_expired(self.clock())
        erased += await self.audit.events.delete_expired(self.clock())
        for records in self.owned:
            erased += await records.delete_expired(self.clock())
        return erased
