"""Ending grants at an operator's word: shown first, then done by a confirmation of just what was shown."""

import hashlib
import json
from dataclasses import dataclass

from mailconnect.audit import Audit
from mailconnect.end_grant import Wake, end_grant
from mailconnect.grants.grant import Grant, GrantState
from mailconnect.grants.retirement import Reason
from mailconnect.operator.command import BadCommand, Command, Reply
from mailconnect.operator.connections import LISTED, Connections, shown
from mailconnect.operator.subject import Subjects
from mailconnect.store.audit import Actor, What
from mailconnect.store.grants import Grants


@dataclass(frozen=True, slots=True)
class Disconnection:
    subjects: Subjects
    connections: Connections
    grants: Grants
    audit: Audit
    wake_sweep: Wake

    async def disconnect(self, command: Command) -> Reply:
        """A grant that cannot be read delays no other one. The sweep ends an owner's, once it runs a version that can
        read it.
        """
        owner = await self.subjects.owner(command) if "owner" in command else None
        ids = await self.subjects.ids(command)
        found = await self.subjects.found(ids)
        living = [grant for grant in found.grants if grant.state is not GrantState.RETIRED]
        confirmation = _confirmation(owner, [*(grant.id for grant in living), *found.unknown])
        if "confirm" not in command:
            await self.connections.note(command, found, What.LISTED)
            return {
                "would_end": [shown(grant, LISTED) for grant in living],
                "ending": [shown(grant, LISTED) for grant in found.grants if grant.state is GrantState.RETIRED],
                "receipts": await self.connections.receipts(ids, found),
                "not_readable": found.unknown,
                "confirm": confirmation,
            }
        if command["confirm"] != confirmation:
            raise BadCommand("This is not what was shown, or it has changed since: ask again without confirm.")
        if owner is not None:
            await self.audit.request_erasure(owner, Actor.OPERATOR)
        ended = await self._ended(living)
        if owner is not None:
            # A connection made after the look and before the request. One made after the request finds the request.
            ended += await self._ended((await self.subjects.found(await self.grants.owned_by(owner))).grants)
        # Also where nothing was ended: an earlier command may have been interrupted before it woke the sweep.
        await self.wake_sweep()
        receipts = await self.connections.receipts(ids, found)
        return {"ended": ended, "receipts": receipts, "not_readable": found.unknown}

    async def _ended(self, grants: list[Grant]) -> list[str]:
        """The ids of the grants that this command ended."""
        reason, actor = Reason.OPERATOR_DISCONNECTED, Actor.OPERATOR
        return [
            grant.id for grant in grants if await end_grant(grant, reason, actor, grants=self.grants, audit=self.audit)
        ]


def _confirmation(owner: str | None, ids: list[str]) -> str:
    """Names these grants, and the owner whose history goes. A misspelt name or a new connection gives another one."""
    return hashlib.sha256(json.dumps([owner, *sorted(ids)]).encode()).hexdigest()[:16]
