"""Which revision a message is to be served by (MCP 2026-07-28 basic/versioning, Backward Compatibility)."""

from mailconnect.mcp.errors import UnsupportedProtocolVersion
from mailconnect.mcp.headers import VERSION_HEADER, Headers, single
from mailconnect.mcp.message import Message, Notification
from mailconnect.mcp.modern import VERSION_KEY
from mailconnect.mcp.versions import LATEST_LEGACY, LEGACY, MODERN, SUPPORTED, WITHOUT_HEADER


def revision_of(headers: Headers, message: Message) -> str:
    """A modern message says so in its `_meta`, whose agreement with the headers is checked when it is served.

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
