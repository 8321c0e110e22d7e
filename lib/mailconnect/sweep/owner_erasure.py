"""Erasing all that is kept of one owner, when Audit.request_erasure was called for them (GDPR art. 17)."""

from dataclasses import dataclass

from mailconnect import pseudonyms
from mailconnect.audit import Audit
from mailconnect.clock import Clock
from mailconnect.end_grant import end_grant
from mailconnect.grants.approval import Approval
from mailconnect.grants.retirement import Reason
from mailconnect.grants.trusted_browser import TrustedBrowser
from mailconnect.store.audit import ERASURES, Actor, Event, pages_of
from mailconnect.store.errors import StoreUnavailable
from mailconnect.store.grants import Grants
from mailconnect.store.known import known
from mailconnect.store.owned import Owned
from mailconnect.sweep.due_grants import interrupted

LATEST_EVENT = 900
"""Seconds after which no request that was under way can still write an event: the longest that Lambda runs."""


@dataclass(frozen=True, slots=True)
class OwnerErasure:
    grants: Grants
    audit: Audit
    clock: Clock
    owned: tuple[Owned[Approval] | Owned[TrustedBrowser], ...] = ()

    async def erase(self) -> int:
        """One round over all requests. Returns how many events were erased."""
        erased = 0
        try:
            async for page in pages_of(self.audit.events, ERASURES, self.clock()):
                for request in page.events:
                    erased += await self._erase_owner(request, request.reason or "")
        except StoreUnavailable as error:
            interrupted(error)
        return erased

    async def _erase_owner(self, request: Event, owner: str) -> int:
        """The request stays until no older connection is left, and no older HTTP request can still write an event.

        An owner who connects again after the request keeps the history of the new connection.
        """
        found = await known(self.grants, await self.grants.owned_by(owner))
        grants = [grant for grant in found.grants if grant.owner == owner]
        newer = {pseudonyms.grant_hash(grant.id) for grant in grants if grant.created_at > request.at}
        older = [grant for grant in grants if grant.created_at <= request.at]
        actor = Actor.OPERATOR if request.actor == Actor.OPERATOR else Actor.OWNER
        reason = Reason.OPERATOR_DISCONNECTED if actor is Actor.OPERATOR else Reason.OWNER_DISCONNECTED
        for grant in older:
            # Most were ended when the erasure was requested. The owner index did not have this one yet.
            await end_grant(grant, reason, actor, grants=self.grants, audit=self.audit)
        erased, unreadable = 0, len(found.unknown)
        async for page in pages_of(self.audit.events, owner, self.clock()):
            unreadable += page.unknown
            for event in page.events:
                if event.grant not in newer if event.grant else event.at <= request.at:
                    await self.audit.events.remove(event)
                    erased += 1
        for records in self.owned:
            for record in await records.of_owner(owner, self.clock()):
                if record.created_at <= request.at:
                    await records.delete(record.id)
                    erased += 1
        # A record that this version cannot read waits for a version that can, and the request waits with it.
        if not older and not unreadable and self.clock() >= request.at + LATEST_EVENT:
            await self.audit.events.remove(request)
        return erased
