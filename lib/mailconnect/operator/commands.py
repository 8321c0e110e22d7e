"""What an operator may ask for: an owner's connections, listed, exported or ended, and what is to be switched off.

Nothing secret is in any answer.

{"command": "list", "owner": "alice@example.com"}                               and the receipts of what is gone
{"command": "show", "grants": ["..."]}                                          each with all that may be said of it
{"command": "export", "owner": "alice@example.com"}                             and what happened to them lately
{"command": "export", "owner": "alice@example.com", "before": "..."}            before what was `earlier` in an answer
{"command": "disconnect", "owner": "alice@example.com"}                         says what would be ended
{"command": "disconnect", "owner": "alice@example.com", "confirm": "..."}       ends just that, and what came meanwhile
{"command": "all"}                                                              the ids of everybody's connections
{"command": "switches"}                                                         says which are on, and since when
{"command": "switch", "name": "no_new_grants", "on": true}                      every function knows within 30 seconds
"""

import hashlib
import json
import re
from dataclasses import asdict, dataclass
from typing import Any

from mailconnect import log, pseudonyms
from mailconnect.audit import Trail
from mailconnect.clock import Clock
from mailconnect.grants.grant import Grant, State
from mailconnect.grants.retirement import Reason, retire
from mailconnect.keys.port import KeyUnavailable, OwnerNamer
from mailconnect.ledger_keys import Kind, ledger_key
from mailconnect.store.audit import Actor, Event, What
from mailconnect.store.errors import RecordUnknown, StoreUnavailable
from mailconnect.store.grants import Grants
from mailconnect.store.known import Known, known
from mailconnect.store.ledger import Ledger
from mailconnect.store.switches import Switch, Switches
from mailconnect.sweep.wake import Wake

MOST_GRANTS = 100
MOST_HISTORY = 3000
"""Events in one answer, which Lambda bounds (6 MB)."""

_GRANT_ID = re.compile(r"[0-9A-Za-z]{22}")
_EVENT_ID = re.compile(r"[0-9]{10}-[0-9a-z]{1,64}")
_LONGEST_OWNER = 1024

_LISTED = ("id", "state", "client_name", "scope", "created_at", "expires_at", "last_used_at", "retired_at")
_EXPORTED = (
    *_LISTED,
    "client_id",
    "consented_scope",
    "last_used_over",
    "provider",
    "resource",
    "redirect_uri",
    "notice_version",
    "code_redeemed_at",
    "idle_expires_at",
    "retired_reason",
    "revoke_attempts",
)


_UNDONE = "Nothing more was done."


class BadCommand(Exception):
    """One sentence for the operator."""


@dataclass(frozen=True, slots=True)
class Operator:
    """`provider` is the id of the provider whose accounts owners are."""

    grants: Grants
    ledger: Ledger
    trail: Trail
    owners: OwnerNamer
    switches: Switches
    provider: str
    wake_sweep: Wake
    clock: Clock

    async def obey(self, event: object) -> dict[str, Any]:
        try:
            return await self._obey(event)
        except BadCommand as bad:
            return {"error": str(bad)}
        except RecordUnknown:
            return {"error": f"Another version of this program wrote one of these, and can read it. {_UNDONE}"}
        except (StoreUnavailable, KeyUnavailable):
            return {"error": f"The store or the key service does not answer. {_UNDONE} Try again."}

    async def _obey(self, event: object) -> dict[str, Any]:
        if not isinstance(event, dict):
            raise BadCommand("The event must be an object with a command.")
        match event:
            case {"command": "list"}:
                return await self._told(event, _LISTED, What.LISTED)
            case {"command": "show"}:
                return await self._told(event, _EXPORTED, What.LISTED)
            case {"command": "export", "before": _}:
                return await self._history(event)
            case {"command": "export"}:
                return await self._told(event, _EXPORTED, What.EXPORTED) | await self._history(event)
            case {"command": "disconnect"}:
                return await self._disconnect(event)
            case {"command": "all"}:
                return {"grants": await self.grants.everybodys()}
            case {"command": "switches"}:
                return await self._switches()
            case {"command": "switch"}:
                return await self._switch(event)
        raise BadCommand("The command must be list, show, export, disconnect, all, switches or switch.")

    async def _told(self, event: dict[str, Any], names: tuple[str, ...], what: What) -> dict[str, Any]:
        ids = await self._ids(event)
        found = await self._found(ids)
        await self._looked_at(event, found, what)
        return {
            "grants": [_shown(grant, names) for grant in found.grants],
            "receipts": await self._receipts(ids, found),
            "not_readable": found.unknown,
        }

    async def _looked_at(self, event: dict[str, Any], found: Known, what: What) -> None:
        if "owner" not in event:
            for grant in found.grants:
                await self.trail.of_grant(what, grant, Actor.OPERATOR)
            return
        owner = await self._owner(event["owner"])
        history = await self.trail.events.of_owner(owner, self.clock(), limit=1)
        if found.grants or found.unknown or history.events or history.unknown:
            # Of whom nothing is held, nothing is to be held because somebody asked.
            await self.trail.of_owner(what, owner, Actor.OPERATOR)

    async def _receipts(self, ids: list[str], found: Known) -> list[dict[str, Any]]:
        """Of those that are gone. One whose receipt has ended too, or that never was, is `unknown`."""
        there = {*(grant.id for grant in found.grants), *found.unknown}
        receipts = []
        for grant_id in ids:
            if grant_id not in there:
                number = pseudonyms.grant_hash(grant_id)
                entry = await self.ledger.get(ledger_key(Kind.RECEIPT, number), self.clock())
                kept = {"grant": number, "provider": "unknown"} if entry is None else json.loads(entry.value)
                receipts.append({"id": grant_id} | kept)
        return receipts

    async def _history(self, event: dict[str, Any]) -> dict[str, Any]:
        """What an owner would see; of grants named by id, what concerns these. No owner is in it."""
        before = event.get("before")
        if before is not None and not (isinstance(before, str) and _EVENT_ID.fullmatch(before)):
            raise BadCommand("Before must be what was `earlier` in the answer that this one goes on from.")
        ids = await self._ids(event)
        if "owner" in event:
            owners, only = {await self._owner(event["owner"])}, None
        else:
            owners = {grant.owner for grant in (await self._found(ids)).grants}
            only = {pseudonyms.grant_hash(grant_id) for grant_id in ids}
        limit = MOST_HISTORY // max(len(owners), 1)
        pages = [
            await self.trail.events.of_owner(owner, self.clock(), limit=limit, before=before)
            for owner in sorted(owners)
        ]
        # Of each as far back as of all: an id begins with the time, and the next answer goes on from one.
        earlier = max((page.earlier for page in pages if page.earlier), default=None)
        kept = [one for page in pages for one in page.events if earlier is None or one.id >= earlier]
        return {
            "history": [_told_of(one) for one in kept if only is None or one.grant in only],
            "history_not_readable": sum(page.unknown for page in pages),
            "earlier": earlier,
        }

    async def _switches(self) -> dict[str, Any]:
        since = await self.switches.turned_on()
        return {"switches": {switch: {"on": switch in since, "since": since.get(switch)} for switch in Switch}}

    async def _switch(self, event: dict[str, Any]) -> dict[str, Any]:
        name, on = event.get("name"), event.get("on")
        switch = next((one for one in Switch if one == name), None)
        if switch is None or not isinstance(on, bool):
            raise BadCommand(f"Name one of {', '.join(Switch)}, and whether it is to be on: true or false.")
        await (self.switches.turn_on(switch, self.clock()) if on else self.switches.turn_off(switch))
        log.record("switch_turned", switch=switch, on="yes" if on else "no")
        return await self._switches()

    async def _disconnect(self, event: dict[str, Any]) -> dict[str, Any]:
        """What cannot be read holds up no other; a person's is ended by `sweep`, in the version that can read it."""
        owner = await self._owner(event["owner"]) if "owner" in event else None
        ids = await self._ids(event)
        found = await self._found(ids)
        living = [grant for grant in found.grants if grant.state is not State.RETIRED]
        confirmation = _confirmation(owner, [*(grant.id for grant in living), *found.unknown])
        if "confirm" not in event:
            await self._looked_at(event, found, What.LISTED)
            return {
                "would_end": [_shown(grant, _LISTED) for grant in living],
                "ending": [_shown(grant, _LISTED) for grant in found.grants if grant.state is State.RETIRED],
                "receipts": await self._receipts(ids, found),
                "not_readable": found.unknown,
                "confirm": confirmation,
            }
        if event["confirm"] != confirmation:
            raise BadCommand("This is not what was shown, or it has changed since: ask again without confirm.")
        if owner is not None:
            await self.trail.request_erasure(owner, Actor.OPERATOR)
        ended = await self._ended(living)
        if owner is not None:
            # What was connected before the erasure was asked for, and after the look; a later one finds that request.
            ended += await self._ended((await self._found(await self.grants.owned_by(owner))).grants)
        # Also for nothing: what was asked before, and interrupted, is taken up again.
        await self.wake_sweep()
        receipts = await self._receipts(ids, found)
        return {"ended": ended, "receipts": receipts, "not_readable": found.unknown}

    async def _ended(self, grants: list[Grant]) -> list[str]:
        """The ids of those that lived until now."""
        ended = []
        for grant in grants:
            if await self.grants.update(grant.id, retire(Reason.OPERATOR_DISCONNECTED, self.clock())):
                await self.trail.of_grant(What.GRANT_RETIRED, grant, Actor.OPERATOR, Reason.OPERATOR_DISCONNECTED)
                ended.append(grant.id)
        return ended

    async def _found(self, ids: list[str]) -> Known:
        """The oldest first. An id that names nothing is none of them: what is gone already needs no ending."""
        found = await known(self.grants, ids)
        return Known(sorted(found.grants, key=lambda grant: grant.created_at), found.unknown)

    async def _ids(self, event: dict[str, Any]) -> list[str]:
        if ("owner" in event) == ("grants" in event):
            raise BadCommand("Name an owner, or grants by their ids: one of the two.")
        if "owner" in event:
            return await self.grants.owned_by(await self._owner(event["owner"]))
        ids = event["grants"]
        if not isinstance(ids, list) or not 0 < len(ids) <= MOST_GRANTS:
            raise BadCommand(f"Grants must be a list of 1 to {MOST_GRANTS} ids.")
        if not all(isinstance(grant_id, str) and _GRANT_ID.fullmatch(grant_id) for grant_id in ids):
            raise BadCommand("A grant's id is 22 letters and digits: whole, not a pattern.")
        return sorted(set(ids))

    async def _owner(self, username: object) -> str:
        if not isinstance(username, str) or not username.strip() or len(username) > _LONGEST_OWNER:
            raise BadCommand("The owner must be the account's user name at the provider.")
        return await self.owners.owner(self.provider, username)


def _shown(grant: Grant, names: tuple[str, ...]) -> dict[str, Any]:
    """`grant` is how the log, the history and a receipt call it."""
    told = {name: getattr(grant, name) for name in names if getattr(grant, name) is not None}
    return told | {"grant": pseudonyms.grant_hash(grant.id)}


def _told_of(event: Event) -> dict[str, Any]:
    left_out = ("owner", "id", "expires_at")
    return {name: value for name, value in asdict(event).items() if value is not None and name not in left_out}


def _confirmation(owner: str | None, ids: list[str]) -> str:
    """Names just these grants as they are, and whose history goes: a typo, or one connected meanwhile, has another."""
    return hashlib.sha256(json.dumps([owner, *sorted(ids)]).encode()).hexdigest()[:16]
