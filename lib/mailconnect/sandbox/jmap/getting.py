"""The common part of every /get (RFC 8620 §5.1): ids, properties, list and notFound."""

from collections.abc import Callable, Collection, Mapping
from typing import Any, TypeVar

from mailconnect.sandbox.jmap.call import Call
from mailconnect.sandbox.jmap.errors import InvalidArguments, RequestTooLarge
from mailconnect.sandbox.jmap.session import LIMITS

_Thing = TypeVar("_Thing")


def wanted_ids(call: Call, name: str = "ids") -> list[str] | None:
    """Without repetitions.  Raises InvalidArguments, RequestTooLarge."""
    ids = call.strings(name)
    persona = call.provider.settings.persona
    its = persona.most_objects if persona is not None else None
    maximum = min(its or LIMITS["maxObjectsInGet"], call.provider.switches.most_objects)
    if ids is not None and len(ids) > maximum:
        raise RequestTooLarge("more ids than maxObjectsInGet")
    return None if ids is None else list(dict.fromkeys(ids))


def properties_of(call: Call, known: Collection[str]) -> list[str] | None:
    """Raises InvalidArguments where one is unknown."""
    properties = call.strings("properties")
    if properties is not None and not set(properties) <= set(known):
        raise InvalidArguments("a property is unknown", arguments=["properties"])
    return properties


def got(
    call: Call,
    things: Mapping[str, _Thing],
    written: Callable[[_Thing], dict[str, Any]],
    *,
    properties: list[str] | None = None,
) -> dict[str, Any]:
    """The answer: every thing by its id, or those that the call's `ids` name."""
    ids = wanted_ids(call)
    wanted = list(things) if ids is None else ids
    found = [written(things[name]) for name in wanted if name in things]
    if properties is not None:
        found = [{name: thing[name] for name in dict.fromkeys(("id", *properties))} for thing in found]
    return {
        "accountId": call.account_id,
        "state": call.store.state,
        "list": found,
        "notFound": [name for name in wanted if name not in things],
    }
