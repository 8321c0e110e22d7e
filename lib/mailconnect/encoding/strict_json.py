"""JSON as RFC 8259 has it and no wider: what two parsers could read differently is refused."""

import json
import math
from typing import Any


class NotJson(ValueError):
    """Not JSON, or JSON that parsers disagree about."""


def loads(data: bytes) -> Any:
    """The value; NotJson for bad UTF-8, a BOM, repeated keys, NaN, infinities, lone surrogates, NUL, absurd nesting."""
    try:
        value = json.loads(
            data.decode("utf-8"),
            object_pairs_hook=_object,
            parse_constant=_refuse,
            parse_float=_finite,
        )
        if "\\ud" in (text := data.decode().lower()) or "\\u0000" in text:
            _check_text(value)
    except (ValueError, RecursionError):
        raise NotJson("not acceptable JSON") from None
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise NotJson("repeated key")
    return result


def _refuse(_: str) -> Any:
    raise NotJson


def _finite(literal: str) -> float:
    value = float(literal)
    if not math.isfinite(value):
        raise NotJson
    return value


def _check_text(value: Any) -> None:
    rest = [value]
    while rest:
        match rest.pop():
            case str() as text:
                text.encode()  # UnicodeEncodeError, a ValueError, on a lone surrogate
                if "\0" in text:
                    raise NotJson("NUL")
            case list() as items:
                rest.extend(items)
            case dict() as members:
                rest.extend(members)
                rest.extend(members.values())
