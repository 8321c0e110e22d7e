"""Reads JSON that a provider sent: what comes out is of the expected shape, or else UnexpectedAnswer is raised."""

import re
from collections.abc import Mapping
from typing import Any

from lib import fast_json
from lib.jmap.errors import UnexpectedAnswer

LONGEST_TEXT = 1024
LARGEST_INT = 2**53 - 1  # RFC 8620 §1.3
_ID = re.compile(r"[\x21-\x7e]{1,255}")


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
    if not isinstance(value, str) or _ID.fullmatch(value) is None:
        raise UnexpectedAnswer(f"{what} is not an id")
    return value


def count(value: Any, what: str) -> int:
    """An UnsignedInt (RFC 8620 §1.3)."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= LARGEST_INT:
        raise UnexpectedAnswer(f"{what} is not an unsigned integer")
    return value


def flag(value: Any, what: str) -> bool:
    if not isinstance(value, bool):
        raise UnexpectedAnswer(f"{what} is not a boolean")
    return value
