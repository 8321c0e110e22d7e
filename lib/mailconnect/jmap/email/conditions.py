"""Conditions of a filter put together (RFC 8620 §5.5), and how many there may be."""

from collections.abc import Sequence
from math import prod
from typing import Any

from mailconnect.mail.query.errors import QueryError

Condition = dict[str, Any]
"""A FilterOperator, or the properties of a FilterCondition."""

MAX_CONDITIONS = 500
MAX_ALTERNATIVES = 500


def all_of(conditions: Sequence[Condition]) -> Condition | None:
    """In as few FilterConditions as hold each property once, joined by AND if there is more than one part."""
    merged: list[Condition] = []
    operators: list[Condition] = []
    for condition in conditions:
        if "operator" in condition:
            operators.append(condition)
            continue
        roomy = next((one for one in merged if _agree(one, condition)), None)
        if roomy is None:
            merged.append({**condition})
        else:
            roomy.update(condition)
    parts = merged + operators
    if len(parts) > 1:
        return {"operator": "AND", "conditions": parts}
    return parts[0] if parts else None


def _agree(one: Condition, other: Condition) -> bool:
    return all(one.get(name, value) == value for name, value in other.items())


def any_of(conditions: Sequence[Condition]) -> Condition:
    if len(conditions) == 1:
        return conditions[0]
    return {"operator": "OR", "conditions": [inner for one in conditions for inner in or_ed(one)]}


def or_ed(condition: Condition) -> list[Condition]:
    """The conditions of an OR; of anything else, itself. NOT of an OR is NOT of its conditions (RFC 8620 §5.5)."""
    return condition["conditions"] if condition.get("operator") == "OR" else [condition]


def bounded(condition: Condition) -> None:
    """Raises QueryError past MAX_CONDITIONS or MAX_ALTERNATIVES."""
    count = _count(condition)
    if count > MAX_CONDITIONS:
        raise QueryError(f"The query makes {count:,} conditions; the maximum is {MAX_CONDITIONS}. Use fewer words.")
    if _alternatives(condition, wanted=True) > MAX_ALTERNATIVES:
        raise QueryError("The query has too many ORs beside each other; use fewer, or fewer `with:`.")


def _count(condition: Condition) -> int:
    return sum(map(_count, condition["conditions"])) if "operator" in condition else 1


def _alternatives(condition: Condition, *, wanted: bool) -> int:
    """How many ANDs the condition is when multiplied out. A bound cuts the number, so that it stays small."""
    operator = condition.get("operator")
    if operator is None:
        return 1 if wanted else len(condition)
    inner = wanted if operator != "NOT" else not wanted
    numbers = [_alternatives(one, wanted=inner) for one in condition["conditions"]]
    adds = (operator == "AND") != inner
    return min(sum(numbers) if adds else prod(numbers), MAX_ALTERNATIVES + 1)
