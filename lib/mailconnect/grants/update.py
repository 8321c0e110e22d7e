"""One conditional update of one grant, or of another record that changes: the only way such a record ever changes.

An `Update` is a value: what must hold, what is set, what is removed. DynamoDB runs it as one UpdateItem, SQLite as one
UPDATE statement, and `applied` runs it in memory. A removed attribute is None again.
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

_Record = TypeVar("_Record", bound="DataclassInstance")

Value = str | int | bytes


@dataclass(frozen=True, slots=True)
class Equals:
    attribute: str
    value: Value


@dataclass(frozen=True, slots=True)
class Absent:
    attribute: str


@dataclass(frozen=True, slots=True)
class OneOf:
    attribute: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class After:
    """The attribute is a time later than `time`."""

    attribute: str
    time: int


@dataclass(frozen=True, slots=True)
class NotAfter:
    """The attribute is absent, or a time no later than `time`."""

    attribute: str
    time: int


Condition = Equals | Absent | OneOf | After | NotAfter


@dataclass(frozen=True, slots=True)
class Update:
    """All of `conditions` must hold, or nothing changes."""

    conditions: tuple[Condition, ...]
    set: Mapping[str, Value] = field(repr=False)
    remove: frozenset[str] = field(default=frozenset())


def holds(record: "DataclassInstance", condition: Condition) -> bool:
    value = getattr(record, condition.attribute)
    match condition:
        case Equals():
            return bool(value == condition.value)
        case Absent():
            return value is None
        case OneOf():
            return value in condition.values
        case After():
            return value is not None and value > condition.time
        case NotAfter():
            return value is None or value <= condition.time


def applied(record: _Record, update: Update) -> _Record | None:
    """The record after `update`, or None when a condition does not hold."""
    if not all(holds(record, condition) for condition in update.conditions):
        return None
    return dataclasses.replace(record, **dict(update.set), **dict.fromkeys(update.remove))
