"""Email/changes (RFC 8621 §4.3, RFC 8620 §5.2)."""

from typing import Any

from mailconnect.sandbox.jmap.call import Call
from mailconnect.sandbox.jmap.errors import CannotCalculateChanges, InvalidArguments


def email_changes(call: Call) -> dict[str, Any]:
    call.allow("sinceState", "maxChanges")
    since = call.string("sinceState")
    if since is None:
        raise InvalidArguments("sinceState is required", arguments=["sinceState"])
    changed = call.store.changes(since, call.number("maxChanges", None, least=1))
    if changed is None:
        raise CannotCalculateChanges("the state is unknown")
    found, state, more = changed
    visible = call.visible()
    return {
        "accountId": call.account_id,
        "oldState": since,
        "newState": state,
        "hasMoreChanges": more,
        "created": [name for name in found.created if name in visible],
        "updated": [name for name in found.updated if name in visible],
        "destroyed": found.destroyed,
    }
