"""Headers that name a message's revision, and headers that repeat the body and must equal it.

Sources: 2026-07-28 basic/versioning, Backward Compatibility; basic/transports/streamable-http, Server Validation.
"""

import base64
import binascii
import re
from collections.abc import Sequence
from typing import Any

from mailconnect.mcp.errors import HeaderMismatch, UnsupportedProtocolVersion
from mailconnect.mcp.message import Message, Notification, RpcRequest
from mailconnect.mcp.versions import LATEST_LEGACY, LEGACY, MODERN, SUPPORTED, VERSION_KEY, WITHOUT_HEADER

Headers = Sequence[tuple[str, str]]
"""As they came, names in lower case, repeated ones repeated."""

VERSION_HEADER = "mcp-protocol-version"
METHOD_HEADER = "mcp-method"
NAME_HEADER = "mcp-name"

NAMED_BY = {"tools/call": "name", "prompts/get": "name", "resources/read": "uri"}

_SAFE = re.compile(r"[\x20-\x7e\t]*")
_SENTINEL = re.compile(r"=\?base64\?(.*)\?=")


def single(headers: Headers, name: str) -> str | None:
    """A header's value without the white space around it (RFC 9110 §5.5). Raises HeaderMismatch if it occurs twice."""
    values = [value for key, value in headers if key == name]
    if len(values) > 1:
        raise HeaderMismatch(f"The header {name} occurs more than once")
    return values[0].strip(" \t") if values else None


def revision_of(headers: Headers, message: Message) -> str:
    """The revision by which a message is served. A modern message names it in its `_meta`; whether that agrees with
    the headers is checked when the message is served.

    Raises UnsupportedProtocolVersion, and HeaderMismatch for a repeated header.
    """
    named = single(headers, VERSION_HEADER) or None  # an empty one names nothing
    declared = message.meta.get(VERSION_KEY)
    if declared is not None and not isinstance(message, Notification):
        return declared if declared in LEGACY and named in (None, declared) else MODERN
    if message.method == "initialize":  # negotiates its revision in the body, whatever a client's header says yet
        return LATEST_LEGACY
    if named is None:
        return WITHOUT_HEADER
    if named not in SUPPORTED:
        raise UnsupportedProtocolVersion(named, SUPPORTED)
    return named


def check_headers(headers: Headers, request: RpcRequest, version: Any) -> None:
    """`version` is the one in the body's `_meta`. Raises HeaderMismatch."""
    if single(headers, VERSION_HEADER) != version:
        raise HeaderMismatch(f"The header {VERSION_HEADER} is missing or differs from the body")
    if single(headers, METHOD_HEADER) != request.method:
        raise HeaderMismatch(f"The header {METHOD_HEADER} is missing or differs from the body")
    named_by = NAMED_BY.get(request.method)
    name = request.params.get(named_by) if named_by else None
    if name is not None and _decoded(single(headers, NAME_HEADER)) != name:
        raise HeaderMismatch(f"The header {NAME_HEADER} is missing or differs from the body")


def _decoded(value: str | None) -> str | None:
    """None where it cannot be a value: nothing then equals it."""
    if value is None or _SAFE.fullmatch(value) is None:
        return None
    sentinel = _SENTINEL.fullmatch(value)
    if sentinel is None:
        return value
    try:
        octets = base64.b64decode(sentinel[1], validate=True)
        return octets.decode() if base64.b64encode(octets).decode() == sentinel[1] else None
    except (binascii.Error, UnicodeDecodeError):
        return None
