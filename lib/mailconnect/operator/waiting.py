"""The messages that wait for an owner, and the browsers that may approve. Nothing secret is in any reply."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from mailconnect.clock import Clock
from mailconnect.grants.approval import Approval
from mailconnect.grants.trusted_browser import TrustedBrowser
from mailconnect.operator.command import Command, Reply
from mailconnect.operator.subject import Subjects
from mailconnect.store.owned import Owned

APPROVAL = (
    "state",
    "draft_id",
    "created_at",
    "until",
    "decided_at",
    "sent_id",
    "stoppable_until",
    "expires_at",
)
BROWSER = ("called", "created_at", "used_at", "expires_at")


@dataclass(frozen=True, slots=True)
class Waits:
    subjects: Subjects
    approvals: Owned[Approval]
    browsers: Owned[TrustedBrowser]
    clock: Clock

    async def told(self, command: Command) -> Reply:
        """All of an owner; of grants named by their ids, their approvals, and no browser: it is the person's."""
        if "owner" in command:
            owner = await self.subjects.owner(command)
            browsers = await self.browsers.of_owner(owner, self.clock())
            return {
                "approvals": _approvals(await self.approvals.of_owner(owner, self.clock())),
                "browsers_that_may_approve": [_members(one, BROWSER) for one in browsers],
            }
        ids = await self.subjects.ids(command)
        owners = sorted({grant.owner for grant in (await self.subjects.found(ids)).grants})
        asked = [one for owner in owners for one in await self.approvals.of_owner(owner, self.clock())]
        return {"approvals": _approvals(one for one in asked if one.grant in ids), "browsers_that_may_approve": []}


def _approvals(asked: Iterable[Approval]) -> list[dict[str, Any]]:
    return [{"connection": one.grant} | _members(one, APPROVAL) for one in asked]


def _members(record: object, names: Iterable[str]) -> dict[str, Any]:
    return {name: getattr(record, name) for name in names if getattr(record, name) is not None}
