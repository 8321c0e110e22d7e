"""Reads JSON that a provider sent: what comes out is of the expected shape, or else UnexpectedAnswer is raised."""

from collections.abc import Mapping, Sequence
from operator import itemgetter
from typing import Any, TypeVar

from lib import fast_json
from lib.jmap.errors import UnexpectedAnswer

LONGEST_TEXT = 1024
LARGEST_INT = 2**53 - 1  # RFC 8620 §1.3
_LONGEST_ID = 255  # RFC 8620 §1.2

_T = TypeVar("_T")


def decode(body: bytes) -> Any:
    try:
        return fast_json.decode(body)
    except ValueError:
        raise UnexpectedAnswer("the body is not JSON") from None


def mapping(value: Any, what: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise UnexpectedAnswer(f"{what} is not an object")
    return value


def sequence(value: Any, what: str, *, most: int) -> list[Any]:
    if not isinstance(value, list):
        raise UnexpectedAnswer(f"{what} is not an array")
    if len(value) > most:
        raise UnexpectedAnswer(f"{what} has over {most} elements")
    return value


def text(value: Any, what: str, *, longest: int = LONGEST_TEXT) -> str:
    if not isinstance(value, str):
        raise UnexpectedAnswer(f"{what} is not a string")
    if len(value) > longest:
        raise UnexpectedAnswer(f"{what} is longer than {longest} characters")
    return value


def identifier(value: Any, what: str) -> str:
    """An Id (RFC 8620 §1.2), read leniently: servers exist whose ids have other visible characters."""
    return identifiers([value], what)[0]


def flag(value: Any, what: str) -> bool:
    return flags([value], what)[0]


# The same property of many objects, checked by functions that loop in C: an account has up to thousands of mailboxes.


def column(objects: Sequence[Mapping[str, Any]], name: str, default: Any = None) -> list[Any]:
    try:
        return [*map(itemgetter(name), objects)]
    except KeyError:
        return [one.get(name, default) for one in objects]


def mappings(values: list[Any], what: str) -> list[Mapping[str, Any]]:
    return _of_type(dict, values, f"{what} is not an object")


def texts(values: list[Any], what: str, *, longest: int = LONGEST_TEXT) -> list[str]:
    _of_type(str, values, f"{what} is not a string")
    if max(map(len, values), default=0) > longest:
        raise UnexpectedAnswer(f"{what} is longer than {longest} characters")
    return values


def identifiers(values: list[Any], what: str) -> list[str]:
    _of_type(str, values, f"{what} is not an id")
    together, lengths = "".join(values), set(map(len, values))
    visible = together.isascii() and together.isprintable() and " " not in together
    if not visible or not 1 <= min(lengths, default=1) <= max(lengths, default=1) <= _LONGEST_ID:
        raise UnexpectedAnswer(f"{what} is not an id")
    return values


def counts(values: list[Any], what: str) -> list[int]:
    """UnsignedInts (RFC 8620 §1.3)."""
    _of_type(int, values, f"{what} is not an unsigned integer")
    if values and not 0 <= min(values) <= max(values) <= LARGEST_INT:
        raise UnexpectedAnswer(f"{what} is not an unsigned integer")
    return values


def flags(values: list[Any], what: str) -> list[bool]:
    return _of_type(bool, values, f"{what} is not a boolean")


def _of_type(kind: type[_T], values: list[Any], otherwise: str) -> list[_T]:
    """Of exactly this type: True is no number. What is read from JSON is of no other class."""
    if not {kind}.issuperset(map(type, values)):
        raise UnexpectedAnswer(otherwise)
    return values
