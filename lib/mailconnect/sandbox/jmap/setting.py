"""The common part of every /set (RFC 8620 §5.3): ifInState, the three groups of changes, and their errors."""

from collections.abc import Callable
from typing import Any

from mailconnect.sandbox.jmap.call import Call
from mailconnect.sandbox.jmap.errors import AccountReadOnly, InvalidArguments, RequestTooLarge, StateMismatch
from mailconnect.sandbox.jmap.session import LIMITS
from mailconnect.sandbox.jmap.set_errors import SetError

Creating = Callable[[dict[str, Any]], dict[str, Any]]
Updating = Callable[[str, dict[str, Any]], dict[str, Any] | None]
Destroying = Callable[[str], None]


def set_answer(
    call: Call, state: Callable[[], str], *, create: Creating, update: Updating, destroy: Destroying
) -> dict[str, Any]:
    """The method's answer.  Each of the three raises SetError, which harms only its own object.

    create: the properties -> what the server sets, with the id; the id is then known as `#creation id` in the request.
    update: the id and the patch -> what the server changed besides.
    Raises InvalidArguments, RequestTooLarge, StateMismatch, AccountReadOnly: then nothing was done.
    """
    creates, updates = _objects(call, "create"), _objects(call, "update")
    destroys = call.strings("destroy") or []
    if len(creates) + len(updates) + len(destroys) > LIMITS["maxObjectsInSet"]:
        raise RequestTooLarge("more objects than maxObjectsInSet")
    before, expected = state(), call.string("ifInState")
    if expected is not None and expected != before:
        raise StateMismatch("the state is another one")
    if call.read_only:
        raise AccountReadOnly("the account is read-only")
    created: dict[str, Any] = {}
    updated: dict[str, Any] = {}
    destroyed: list[str] = []
    failed: dict[str, dict[str, Any]] = {"create": {}, "update": {}, "destroy": {}}
    for creation_id, properties in creates.items():
        try:
            created[creation_id] = create(properties)
        except SetError as error:
            failed["create"][creation_id] = error.document()
        else:
            call.created[creation_id] = created[creation_id]["id"]
    doomed = [referred(call, name) for name in destroys]
    for written, patch in updates.items():
        name = referred(call, written)
        if name in doomed:
            failed["update"][name] = SetError("willDestroy", "the same request destroys it").document()
            continue
        try:
            updated[name] = update(name, patch)
        except SetError as error:
            failed["update"][name] = error.document()
    for name in dict.fromkeys(doomed):
        try:
            destroy(name)
        except SetError as error:
            failed["destroy"][name] = error.document()
        else:
            destroyed.append(name)
    return {
        "accountId": call.account_id,
        "oldState": before,
        "newState": state(),
        "created": created or None,
        "updated": updated or None,
        "destroyed": destroyed or None,
        "notCreated": failed["create"] or None,
        "notUpdated": failed["update"] or None,
        "notDestroyed": failed["destroy"] or None,
    }


def referred(call: Call, name: str) -> str:
    """The id, also where it is written `#creation id` (RFC 8620 §5.3); an unknown reference stays as it is."""
    return call.created.get(name[1:], name) if name.startswith("#") else name


def _objects(call: Call, argument: str) -> dict[str, dict[str, Any]]:
    given = call.arguments.get(argument)
    if given is None:
        return {}
    if isinstance(given, dict) and all(isinstance(each, dict) for each in given.values()):
        return given
    raise InvalidArguments(f"{argument} is an object of objects or null", arguments=[argument])
