"""From the session's 401 to its authorization server: challenge and resource metadata (RFC 9728 §3.3, §5.1)."""

import re
from typing import Any
from urllib.parse import urljoin, urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from mailconnect.languages.words import marked
from mailconnect.mail.errors import UntrustedAddress
from mailconnect.outbound.allowed_hosts import HostAllowList
from mailconnect.provider.errors import MetadataUnusable

_PARAMETER = re.compile(r'(?:^|[\s,])resource_metadata\s*=\s*"([^"\\]{1,2048})"', re.IGNORECASE)
_MAX_SERVERS = 20
_REMEDY = "set MAILCONNECT_PROVIDER_ISSUER to the provider's authorization server"


def metadata_url_of(challenge: str | None, session_url: str) -> str:
    """The address that a WWW-Authenticate header names (§5.1), in full or relative to the session.

    Without a name, it is where RFC 9728 §3.1 puts the session's metadata.
    """
    named = _PARAMETER.search(challenge or "")
    if named:
        try:
            return urljoin(session_url, str(named[1]))
        except ValueError:
            return str(named[1])
    parts = urlsplit(session_url)
    path = f"{parts.path.rstrip('/')}{f'?{parts.query}' if parts.query else ''}"
    return f"{parts.scheme}://{parts.netloc}/.well-known/oauth-protected-resource{path}"


class _Document(BaseModel):
    """The members that we use. A server in the list that is no text harms only itself."""

    model_config = ConfigDict(strict=True, hide_input_in_errors=True)

    resource: str
    authorization_servers: list[Any] = Field(min_length=1)


def process_resource_metadata(document: Any, session_url: str, hosts: HostAllowList) -> tuple[str, str]:
    """The first issuer that is on an allowed host, and the resource's name: the session's URL, or its origin alone.

    Raises MetadataUnusable for another resource's metadata, UntrustedAddress where no issuer is on an allowed host.
    """
    try:
        read = _Document.model_validate(document)
    except ValidationError as error:
        wrong = next(iter(error.errors(include_url=False, include_input=False)[0]["loc"]), "resource")
        raise _of_another_resource() if wrong == "resource" else _without_server() from None
    if read.resource not in _names(session_url):
        raise _of_another_resource()
    untrusted = UntrustedAddress()
    for issuer in read.authorization_servers[:_MAX_SERVERS]:
        if not isinstance(issuer, str) or "?" in issuer:
            continue
        try:
            return hosts.check(issuer), read.resource
        except UntrustedAddress as refused:
            untrusted = refused if refused.host else untrusted
    raise UntrustedAddress("no authorization server on an allowed host", host=untrusted.host)


def _names(session_url: str) -> tuple[str, ...]:
    """RFC 9728 §3.3 wants the URL itself; servers of several kinds of data name their origin."""
    parts = urlsplit(session_url)
    origin = f"{parts.scheme}://{parts.netloc}"
    return session_url, origin, f"{origin}/"


def _of_another_resource() -> MetadataUnusable:
    return MetadataUnusable(
        "metadata of another resource",
        cause=marked("its mail server publishes metadata of another resource than its session"),
        remedy=_REMEDY,
    )


def _without_server() -> MetadataUnusable:
    return MetadataUnusable(
        "no authorization server", cause=marked("its mail server names no sign-in server"), remedy=_REMEDY
    )
