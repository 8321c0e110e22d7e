"""Reads one JSON-RPC message from untrusted bytes, strictly (JSON-RPC 2.0 §4, RFC 8259)."""

import json
import math
import re
from collections.abc import Mapping
from typing import Any, NoReturn

from mailconnect.encoding.discreet import Discreet
from mailconnect.mcp.errors import InvalidRequest, ParseError

LONGEST_BODY = 262_144  # bytes; the HTTP edge refuses more with 413 before it reads that far
DEEPEST = 64
_LONGEST_INTEGER = 20  # digits

# A string (possessive, and its end optional, so that no input makes it look twice), or a bracket outside of one.
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*+"?|[\[\]{}]', re.DOTALL)
_SURROGATE_ESCAPE = re.compile(r"\\u[dD][89a-fA-F]")


class Request(Discreet, frozen=True):
    id: str | int
    method: str
    params: Mapping[str, Any]

    @property
    def meta(self) -> Mapping[str, Any]:
        return _meta(self.params)


class Notification(Discreet, frozen=True):
    method: str
    params: Mapping[str, Any]

    @property
    def meta(self) -> Mapping[str, Any]:
        return _meta(self.params)


Message = Request | Notification


def _meta(params: Mapping[str, Any]) -> Mapping[str, Any]:
    meta = params.get("_meta")
    return meta if isinstance(meta, dict) else {}


class _OutOfRange(ValueError):
    """A number that is JSON, and that we cannot hold."""


def decode(body: bytes) -> Any:
    """Raises ParseError, or InvalidRequest for a number out of range."""
    if len(body) > LONGEST_BODY:
        raise ParseError("The body is too long")
    try:
        text = body.decode()
        _check_depth(text)
        value = _STRICT.decode(text)
        if _SURROGATE_ESCAPE.search(text):
            json.dumps(value, ensure_ascii=False).encode()  # a lone surrogate is no character: UnicodeEncodeError
    except _OutOfRange:
        raise InvalidRequest("A number is out of range") from None
    except ValueError:
        raise ParseError("The body is not valid JSON") from None
    return value


def read(value: Any) -> Message:
    """Raises InvalidRequest, with the id where there is a good one."""
    if not isinstance(value, dict):
        raise InvalidRequest("The body must be a single JSON-RPC request or notification")
    ident = value.get("id")
    known = ident if _is_id(ident) else None
    if "id" in value and known is None:
        raise InvalidRequest("The id must be a string or an integer")
    if value.get("jsonrpc") != "2.0":
        raise InvalidRequest('The member "jsonrpc" must be "2.0"', id=known)
    method = value.get("method")
    if not isinstance(method, str) or not method:
        raise InvalidRequest("The method must be a string", id=known)
    params = value.get("params")
    if params is None:
        params = {}
    if not isinstance(params, dict):
        raise InvalidRequest("The params must be an object", id=known)
    return Notification(method, params) if known is None else Request(known, method, params)


def _is_id(value: Any) -> bool:
    return isinstance(value, str | int) and not isinstance(value, bool)


def _check_depth(text: str) -> None:
    if text.count("[") + text.count("{") <= DEEPEST:  # nearly all: no deeper than there are brackets
        return
    depth = 0
    for match in _TOKEN.finditer(text):
        first = text[match.start()]
        if first in "[{":
            depth += 1
            if depth > DEEPEST:
                raise ValueError("too deep")
        elif first != '"':
            depth -= 1


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a name occurs twice")
    return members


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise _OutOfRange
    return number


def _integer(digits: str) -> int:
    if len(digits) > _LONGEST_INTEGER:
        raise _OutOfRange
    return int(digits)


def _no_constant(_: str) -> NoReturn:
    raise ValueError("NaN and Infinity are not JSON")


_STRICT = json.JSONDecoder(
    object_pairs_hook=_unique, parse_float=_finite, parse_int=_integer, parse_constant=_no_constant
)
