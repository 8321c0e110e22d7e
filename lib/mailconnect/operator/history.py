"""The history of an owner's connections, as the owner would see it. No owner's name is in it."""

from dataclasses import asdict, dataclass
from typing import Any

from mailconnect import pseudonyms
from mailconnect.audit import Audit
from mailconnect.clock import Clock
from mailconnect.operator.command import Command, Reply, before
from mailconnect.operator.subject import Subjects
from mailconnect.store.audit import Event

MAX_HISTORY = 3000
"""Events in one reply, which Lambda bounds (6 MB)."""

_LEFT_OUT = ("owner", "id", "expires_at")


@dataclass(frozen=True, slots=True)
class History:
    subjects: Subjects
    audit: Audit
    clock: Clock

    async def told(self, command: Command) -> Reply:
        """All events of an owner; of grants named by their ids, the events that concern them."""
        earlier_than = before(command)
        ids = await self.subjects.ids(command)
        if "owner" in command:
            owners, only = {await self.subjects.owner(command)}, None
        else:
            owners = {grant.owner for grant in (await self.subjects.found(ids)).grants}
            only = {pseudonyms.grant_hash(grant_id) for grant_id in ids}
        limit = MAX_HISTORY // max(len(owners), 1)
        pages = [
            await self.audit.events.of_owner(owner, self.clock(), limit=limit, before=earlier_than)
            for owner in sorted(owners)
        ]
        # Every owner's history goes back equally far: an id begins with the time, and the next reply starts at one id.
        earlier = max((page.earlier for page in pages if page.earlier), default=None)
        kept = [one for page in pages for one in page.events if earlier is None or one.id >= earlier]
        return {
            "history": [_shown(one) for one in kept if only is None or one.grant in only],
            "history_not_readable": sum(page.unknown for page in pages),
            "earlier": earlier,
        }


def _shown(event: Event) -> dict[str, Any]:
    return {name: value for name, value in asdict(event).items() if value is not None and name not in _LEFT_OUT}
