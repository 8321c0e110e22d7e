"""Filters of any /query (RFC 8620 §5.5): operators over conditions."""

from collections.abc import Callable
from typing import Any, TypeVar

from mailconnect.sandbox.jmap.errors import InvalidArguments

_Thing = TypeVar("_Thing")
Test = Callable[[_Thing], bool]
_DEEPEST = 32


def compiled(given: object, condition: Callable[[str, Any], Test[_Thing]], depth: int = 0) -> Test[_Thing]:
    """condition: the test of one property of a condition and its value.  Raises InvalidArguments, UnsupportedFilter."""
    if given is None and not depth:
        return lambda _: True
    if not isinstance(given, dict) or depth > _DEEPEST:
        raise InvalidArguments("a filter is an object, 32 deep at most", arguments=["filter"])
    if "operator" not in given:
        tests = [condition(name, value) for name, value in given.items()]
        return lambda thing: all(test(thing) for test in tests)
    conditions = given.get("conditions")
    if given.keys() != {"operator", "conditions"} or not isinstance(conditions, list):
        raise InvalidArguments("an operator has conditions and nothing else", arguments=["filter"])
    inner = [compiled(each, condition, depth + 1) for each in conditions]
    match given["operator"]:
        case "AND":
            return lambda thing: all(test(thing) for test in inner)
        case "OR":
            return lambda thing: any(test(thing) for test in inner)
        case "NOT":
            return lambda thing: not any(test(thing) for test in inner)
        case _:
            raise InvalidArguments("an operator is AND, OR or NOT", arguments=["filter"])
