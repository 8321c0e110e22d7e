"""JSON as RFC 8259 has it and no wider: what two parsers could read differently is refused."""

import json
import math
import re
from typing import Any, NoReturn

# A string (possessive, and its end optional, so that no input makes it look twice), or a bracket outside of one.
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*+"?|[\[\]{}]', re.DOTALL)
_SURROGATE_ESCAPE = re.compile(r"\\u[dD][89a-fA-F]")


class NotJson(ValueError):
    """Not JSON, or JSON that parsers disagree about."""


class OutOfRange(NotJson):
    """A number that is JSON, and that we do not hold."""


class Reader:
    """Refuses bad UTF-8, a byte order mark, repeated names, NaN, infinities and lone surrogates.

    `max_depth` bounds the nesting, `max_digits` an integer's digits. Unless it `takes_nul`, so does no string hold NUL.
    """

    def __init__(self, *, max_depth: int | None = None, max_digits: int | None = None, takes_nul: bool = False) -> None:
        def integer(digits: str) -> int:
            if max_digits is not None and len(digits) > max_digits:
                raise OutOfRange
            return int(digits)

        self._max_depth = max_depth
        self._takes_nul = takes_nul
        self._decode = json.JSONDecoder(
            object_pairs_hook=_unique, parse_constant=_refuse, parse_float=_finite, parse_int=integer
        ).decode

    def __call__(self, body: bytes) -> Any:
        """The value. Raises NotJson; OutOfRange for a number."""
        try:
            text = body.decode()
            if self._max_depth is not None:
                _check_depth(text, self._max_depth)
            value = self._decode(text)
            if _SURROGATE_ESCAPE.search(text):
                json.dumps(value, ensure_ascii=False).encode()  # a lone surrogate is no character: UnicodeEncodeError
            if not self._takes_nul and "\\u0000" in text:
                _check_nul(value)
        except NotJson:
            raise
        except (ValueError, RecursionError):
            raise NotJson("not acceptable JSON") from None
        return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise NotJson("a name occurs twice")
    return members


def _refuse(_: str) -> NoReturn:
    raise NotJson("NaN and Infinity are not JSON")


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise OutOfRange
    return number


def _check_depth(text: str, deepest: int) -> None:
    if text.count("[") + text.count("{") <= deepest:  # nearly all: no deeper than there are brackets
        return
    depth = 0
    for match in _TOKEN.finditer(text):
        first = text[match.start()]
        if first in "[{":
            depth += 1
            if depth > deepest:
                raise NotJson("too deep")
        elif first != '"':
            depth -= 1


def _check_nul(value: Any) -> None:
    rest = [value]
    while rest:
        match rest.pop():
            case str() as text if "\0" in text:
                raise NotJson("NUL")
            case list() as items:
                rest.extend(items)
            case dict() as members:
                rest.extend(members)
                rest.extend(members.values())


loads = Reader()
"""For what a client sends: registrations, published documents, key sets, assertions."""
