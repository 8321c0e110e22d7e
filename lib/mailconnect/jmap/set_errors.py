"""Why one object of a /set was not changed (RFC 8620 §5.3, RFC 8621 §2.5, §4.6)."""

from collections.abc import Mapping
from typing import Any

from mailconnect.encoding.discreet import Discreet
from mailconnect.jmap import objects

_MAX_PROPERTIES = 20
_LONGEST = 100


class SetError(Discreet, frozen=True):
    """`properties` are the names that the server gives for what is invalid."""

    type: str
    properties: frozenset[str] = frozenset()


def set_errors(value: Any) -> Mapping[str, SetError]:
    """Of `notCreated`, `notUpdated` or `notDestroyed`, by id. An error that cannot be read has no type."""
    if not isinstance(value, dict):
        return {}
    return {ident: _error(one) for ident, one in value.items() if isinstance(ident, str)}


def _error(sent: Any) -> SetError:
    if not isinstance(sent, dict):
        return SetError("")
    named = sent.get("properties")
    listed = named[:_MAX_PROPERTIES] if isinstance(named, list) else []
    return SetError(
        objects.text(sent.get("type"), longest=_LONGEST),
        frozenset(objects.text(one, longest=_LONGEST) for one in listed),
    )
