"""Records to DynamoDB's items and back: the dataclass's own names, and no attribute for None.

What a newer version has added to an item is left aside when it is read, and nothing here ever writes a whole item over
a live one: so it is preserved (F-42).
"""

from enum import StrEnum
from types import UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from mailconnect.grants.approval import Approval
from mailconnect.grants.grant import Grant
from mailconnect.grants.provider_refresh.refreshed import Refreshed
from mailconnect.grants.trusted_browser import TrustedBrowser
from mailconnect.grants.update import Value
from mailconnect.oauth.clients.client import Client
from mailconnect.store.audit import Event
from mailconnect.store.errors import RecordUnknown
from mailconnect.store.ledger import Entry

Attribute = dict[str, Any]
"""One value in DynamoDB's form: {"S": text}, {"N": digits}, {"B": bytes}, {"L": [values]}."""

Item = dict[str, Attribute]

_Record = TypeVar("_Record")

_TAGS: dict[type, str] = {str: "S", int: "N", bytes: "B", tuple: "L"}
_MAX_KEY = 2048  # bytes, of a partition key


def _plain(hint: Any) -> type:
    """Without None, and without a tuple's members."""
    if isinstance(hint, UnionType):
        hint = get_args(hint)[0]
    plain: type = get_origin(hint) or hint
    return plain


_HINTS: dict[type, dict[str, Any]] = {
    record: get_type_hints(record) for record in (Client, Grant, Entry, Event, Refreshed, Approval, TrustedBrowser)
}
_TYPES: dict[type, dict[str, type]] = {
    record: {name: _plain(hint) for name, hint in hints.items()} for record, hints in _HINTS.items()
}
_NOTHING: dict[type, dict[str, None]] = {
    record: dict.fromkeys(name for name, hint in hints.items() if isinstance(hint, UnionType))
    for record, hints in _HINTS.items()
}
"""The fields that may be None, and are so where the item has no such attribute."""


def attribute(value: Value | tuple[str, ...]) -> Attribute:
    match value:
        case str():
            return {"S": str(value)}
        case int():
            return {"N": str(value)}
        case bytes():
            return {"B": value}
        case tuple():
            return {"L": [attribute(member) for member in value]}


def item_of(record: Any) -> Item:
    values = {name: getattr(record, name) for name in _TYPES[type(record)]}
    return {name: attribute(value) for name, value in values.items() if value is not None}


def record_of(kind: type[_Record], item: Item) -> _Record:
    """Raises RecordUnknown for an item in a form that this version does not know."""
    try:
        values = {name: _value(of, item[name]) for name, of in _TYPES[kind].items() if name in item}
        return kind(**(_NOTHING[kind] | values))
    except (TypeError, ValueError):
        raise RecordUnknown(f"a {kind.__name__.lower()} in a form that this version does not know") from None


def storable(key: str) -> bool:
    """Whether DynamoDB takes `key` as a key at all; no item has another one."""
    try:
        return 0 < len(key.encode()) <= _MAX_KEY
    except UnicodeEncodeError:  # Half of a surrogate pair.
        return False


def _value(of: type, value: Attribute) -> Any:
    ((tag, content),) = value.items()
    if tag != _TAGS[str if issubclass(of, StrEnum) else of]:
        raise ValueError(tag)
    return tuple(_value(str, member) for member in content) if of is tuple else of(content)
