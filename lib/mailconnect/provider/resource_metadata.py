"""From the session's refusal to its authorization server: challenge and resource metadata (RFC 9728 §3.3, §5.1)."""

import re
from typing import Any
from urllib.parse import urlsplit

from mailconnect.mail.errors import UnexpectedAnswer, UntrustedAddress
from mailconnect.outbound.allowed_hosts import HostAllowList

_PARAMETER = re.compile(r'(?:^|[\s,])resource_metadata\s*=\s*"([^"\\]{1,2048})"', re.IGNORECASE)
_MOST_SERVERS = 20


def metadata_url_of(challenge: str | None, session_url: str) -> str:
    """What a WWW-Authenticate header names (§5.1), or else where RFC 9728 §3.1 puts the session's metadata."""
    named = _PARAMETER.search(challenge or "")
    if named:
        return named[1]
    parts = urlsplit(session_url)
    path = f"{parts.path.rstrip('/')}{f'?{parts.query}' if parts.query else ''}"
    return f"{parts.scheme}://{parts.netloc}/.well-known/oauth-protected-resource{path}"


def process_resource_metadata(document: Any, session_url: str, hosts: HostAllowList) -> str:
    """The issuer, the first that is on an allowed host. Raises UnexpectedAnswer for another resource's metadata."""
    if not isinstance(document, dict) or document.get("resource") != session_url:
        raise UnexpectedAnswer("metadata of another resource")
    servers = document.get("authorization_servers")
    if not isinstance(servers, list) or not servers:
        raise UnexpectedAnswer("no authorization server")
    for issuer in servers[:_MOST_SERVERS]:
        if isinstance(issuer, str) and "?" not in issuer and _allowed(issuer, hosts):
            return issuer
    raise UntrustedAddress("no authorization server on an allowed host")


def _allowed(issuer: str, hosts: HostAllowList) -> bool:
    try:
        hosts.check(issuer)
    except UntrustedAddress:
        return False
    return True
