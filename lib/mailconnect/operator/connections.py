"""The facts that may be told of grants, and of those that are gone. Nothing secret is in any reply."""

import json
from dataclasses import dataclass
from typing import Any

from mailconnect import pseudonyms
from mailconnect.audit import Audit
from mailconnect.clock import Clock
from mailconnect.grants.grant import Grant
from mailconnect.ledger_keys import LedgerKind, ledger_key
from mailconnect.operator.command import Command, Reply
from mailconnect.operator.subject import Subjects
from mailconnect.store.audit import Actor, What
from mailconnect.store.known import Known
from mailconnect.store.ledger import Ledger

LISTED = ("id", "state", "client_name", "scope", "created_at", "expires_at", "last_used_at", "retired_at")
EXPORTED = (
    *LISTED,
    "client_id",
    "consented_scope",
    "last_used_over",
    "elicitation",
    "sending",
    "provider",
    "resource",
    "redirect_uri",
    "notice_version",
    "code_redeemed_at",
    "idle_expires_at",
    "retired_reason",
    "revoke_attempts",
)


@dataclass(frozen=True, slots=True)
class Connections:
    subjects: Subjects
    ledger: Ledger
    audit: Audit
    clock: Clock

    async def told(self, command: Command, names: tuple[str, ...], what: What) -> Reply:
        """The grants with the members in `names`. The owner's history says `what` the operator did."""
        ids = await self.subjects.ids(command)
        found = await self.subjects.found(ids)
        await self.note(command, found, what)
        return {
            "grants": [shown(grant, names) for grant in found.grants],
            "receipts": await self.receipts(ids, found),
            "not_readable": found.unknown,
        }

    async def note(self, command: Command, found: Known, what: What) -> None:
        """Writes to the history that the operator looked."""
        if "owner" not in command:
            for grant in found.grants:
                await self.audit.of_grant(what, grant, Actor.OPERATOR)
            return
        owner = await self.subjects.owner(command)
        history = await self.audit.events.of_owner(owner, self.clock(), limit=1)
        if found.grants or found.unknown or history.events or history.unknown:
            # Where nothing is held of an owner, an operator's question must not make us hold something.
            await self.audit.of_owner(what, owner, Actor.OPERATOR)

    async def receipts(self, ids: list[str], found: Known) -> list[dict[str, Any]]:
        """Of the grants that are gone. One that never was, or whose receipt has expired, is `unknown`."""
        there = {*(grant.id for grant in found.grants), *found.unknown}
        receipts = []
        for grant_id in ids:
            if grant_id not in there:
                number = pseudonyms.grant_hash(grant_id)
                entry = await self.ledger.get(ledger_key(LedgerKind.RECEIPT, number), self.clock())
                kept = {"grant": number, "provider": "unknown"} if entry is None else json.loads(entry.value)
                receipts.append({"id": grant_id} | kept)
        return receipts


def shown(grant: Grant, names: tuple[str, ...]) -> dict[str, Any]:
    """`grant` is the pseudonym of the grant in the log, the history and its receipt."""
    told = {name: getattr(grant, name) for name in names if getattr(grant, name) is not None}
    return told | {"grant": pseudonyms.grant_hash(grant.id)}
