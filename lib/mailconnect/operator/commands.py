"""The commands of an operator: list, show, export and end an owner's connections, and turn switches.

Nothing secret is in any reply.

{"command": "list", "owner": "alice@example.com"}                               and the receipts of what is gone
{"command": "show", "grants": ["..."]}                                          each with all that may be said of it
{"command": "export", "owner": "alice@example.com"}                             and what happened to them lately
{"command": "export", "owner": "alice@example.com", "before": "..."}            before what was `earlier` in a reply
{"command": "disconnect", "owner": "alice@example.com"}                         says what would be ended
{"command": "disconnect", "owner": "alice@example.com", "confirm": "..."}       ends just that, and what came meanwhile
{"command": "all"}                                                              the ids of everybody's connections
{"command": "switches"}                                                         says which are on, and since when
{"command": "switch", "name": "no_new_grants", "on": true}                      every function knows within 30 seconds
"""

from dataclasses import dataclass
from typing import Any

from mailconnect.audit import Audit
from mailconnect.clock import Clock
from mailconnect.end_grant import Wake
from mailconnect.grants.approval import Approval
from mailconnect.grants.trusted_browser import TrustedBrowser
from mailconnect.keys.port import KeyUnavailable, OwnerNamer
from mailconnect.operator.command import BadCommand, Reply
from mailconnect.operator.connections import EXPORTED, LISTED, Connections
from mailconnect.operator.disconnection import Disconnection
from mailconnect.operator.history import History
from mailconnect.operator.subject import Subjects
from mailconnect.operator.switching import Switching
from mailconnect.operator.waiting import Waits
from mailconnect.store.audit import What
from mailconnect.store.errors import RecordUnknown, StoreUnavailable
from mailconnect.store.grants import Grants
from mailconnect.store.ledger import Ledger
from mailconnect.store.owned import Owned
from mailconnect.store.switches import Switches

_UNDONE = "Nothing more was done."


@dataclass(frozen=True, slots=True)
class Operator:
    """`provider` is the id of the provider at which the owners have their accounts."""

    grants: Grants
    ledger: Ledger
    audit: Audit
    owners: OwnerNamer
    switches: Switches
    provider: str
    wake_sweep: Wake
    clock: Clock
    approvals: Owned[Approval]
    browsers: Owned[TrustedBrowser]

    async def obey(self, event: object) -> Reply:
        """The reply to any object. One that cannot be obeyed has `error`: a sentence for the operator."""
        try:
            return await self._obey(event)
        except BadCommand as bad:
            return {"error": str(bad)}
        except RecordUnknown:
            return {"error": f"Another version of this program wrote one of these, and can read it. {_UNDONE}"}
        except (StoreUnavailable, KeyUnavailable):
            return {"error": f"The store or the key service does not answer. {_UNDONE} Try again."}

    async def _obey(self, event: object) -> Reply:
        subjects = Subjects(self.grants, self.owners, self.provider)
        connections = Connections(subjects, self.ledger, self.audit, self.clock)
        history = History(subjects, self.audit, self.clock)
        switching = Switching(self.switches, self.clock)
        if not isinstance(event, dict):
            raise BadCommand("The event must be an object with a command.")
        command: dict[str, Any] = event
        match command:
            case {"command": "list"}:
                return await connections.told(command, LISTED, What.LISTED)
            case {"command": "show"}:
                return await connections.told(command, EXPORTED, What.LISTED)
            case {"command": "export", "before": _}:
                return await history.told(command)
            case {"command": "export"}:
                waits = Waits(subjects, self.approvals, self.browsers, self.clock)
                told = await connections.told(command, EXPORTED, What.EXPORTED)
                return told | await waits.told(command) | await history.told(command)
            case {"command": "disconnect"}:
                disconnection = Disconnection(subjects, connections, self.grants, self.audit, self.wake_sweep)
                return await disconnection.disconnect(command)
            case {"command": "all"}:
                return {"grants": await self.grants.everybodys()}
            case {"command": "switches"}:
                return await switching.shown()
            case {"command": "switch"}:
                return await switching.turn(command)
        raise BadCommand("The command must be list, show, export, disconnect, all, switches or switch.")
