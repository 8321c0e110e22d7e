"""Parts of a URI that parsers could read differently, so that no client may have them (RFC 3986; CVE-2026-3872)."""

import re
from urllib.parse import unquote

# RFC 3986 characters, less what only tricks parsers: `*` (never a pattern), `\\`, and `#`.
_CHARACTERS = re.compile(r"(?:[A-Za-z0-9\-._~:/?\[\]@!$&'()+,;=]|%[0-9A-Fa-f]{2})+\Z")
_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\Z")


def has_plain_characters(uri: str) -> bool:
    return _CHARACTERS.match(uri) is not None


def has_dot_segments(path: str) -> bool:
    """Also percent-encoded, behind a backslash, or before a parameter."""
    segments = unquote(path).replace("\\", "/").split("/")
    return any(segment.partition(";")[0] in (".", "..") for segment in segments)


def is_host_name(host: str) -> bool:
    """A name in lower case that no browser takes for an IP address (WHATWG URL §3.5)."""
    last = host.rpartition(".")[2]
    return _HOST.match(host) is not None and not last.isdigit() and "0x" not in last
