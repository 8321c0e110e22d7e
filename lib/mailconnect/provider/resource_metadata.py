"""From the session's 401 to its authorization server: challenge and resource metadata (RFC 9728 §3.3, §5.1)."""

import re
from typing import Any
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from mailconnect.mail.errors import UnexpectedAnswer, UntrustedAddress
from mailconnect.outbound.allowed_hosts import HostAllowList

_PARAMETER = re.compile(r'(?:^|[\s,])resource_metadata\s*=\s*"([^"\\]{1,2048})"', re.IGNORECASE)
_MAX_SERVERS = 20


def metadata_url_of(challenge: str | None, session_url: str) -> str:
    """What a WWW-Authenticate header names (§5.1), or else where RFC 9728 §3.1 puts the session's metadata."""
    named = _PARAMETER.search(challenge or "")
    if named:
        return named[1]
    parts = urlsplit(session_url)
    path = f"{parts.path.rstrip('/')}{f'?{parts.query}' if parts.query else ''}"
    return f"{parts.scheme}://{parts.netloc}/.well-known/oauth-protected-resource{path}"


class _Document(BaseModel):
    """The members that we use. A server in the list that is no text harms only itself."""

    model_config = ConfigDict(strict=True, hide_input_in_errors=True)

    resource: str
    authorization_servers: list[Any] = Field(min_length=1)


def process_resource_metadata(document: Any, session_url: str, hosts: HostAllowList) -> str:
    """The first issuer that is on an allowed host.

    Raises UnexpectedAnswer for another resource's metadata, UntrustedAddress where no issuer is on an allowed host.
    """
    try:
        read = _Document.model_validate(document)
    except ValidationError as error:
        wrong = next(iter(error.errors(include_url=False, include_input=False)[0]["loc"]), "resource")
        sentence = "metadata of another resource" if wrong == "resource" else "no authorization server"
        raise UnexpectedAnswer(sentence) from None
    if read.resource != session_url:
        raise UnexpectedAnswer("metadata of another resource")
    for issuer in read.authorization_servers[:_MAX_SERVERS]:
        if isinstance(issuer, str) and "?" not in issuer and _allowed(issuer, hosts):
            return issuer
    raise UntrustedAddress("no authorization server on an allowed host")


def _allowed(issuer: str, hosts: HostAllowList) -> bool:
    try:
        hosts.check(issuer)
    except UntrustedAddress:
        return False
    return True
