"""The provider's authorization-server metadata, as far as we use it (RFC 8414 §3.3)."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from mailconnect.mail.errors import UnexpectedAnswer
from mailconnect.outbound.allowed_hosts import HostAllowList


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerMetadata:
    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    revocation_endpoint: str | None
    iss_parameter: bool
    registration_endpoint: str | None = None


def server_metadata_url(issuer: str) -> str:
    """Where RFC 8414 §3.1 puts an issuer's metadata."""
    parts = urlsplit(issuer)
    return f"{parts.scheme}://{parts.netloc}/.well-known/oauth-authorization-server{parts.path.rstrip('/')}"


def openid_configuration_url(issuer: str) -> str:
    """Where servers have it that know OpenID Connect Discovery 1.0 §4 alone."""
    return f"{issuer.rstrip('/')}/.well-known/openid-configuration"


def process_server_metadata(document: Any, issuer: str, hosts: HostAllowList) -> ServerMetadata:
    """The metadata, if it is this issuer's and sends us nowhere we may not go; else UnexpectedAnswer."""
    if not isinstance(document, dict) or document.get("issuer") != issuer:
        raise UnexpectedAnswer("metadata of another issuer")
    methods = document.get("code_challenge_methods_supported")
    if not isinstance(methods, list) or "S256" not in methods:
        raise UnexpectedAnswer("no S256")
    return ServerMetadata(
        issuer=issuer,
        authorization_endpoint=_endpoint(document, "authorization_endpoint", hosts),
        token_endpoint=_endpoint(document, "token_endpoint", hosts),
        revocation_endpoint=_optional_endpoint(document, "revocation_endpoint", hosts),
        iss_parameter=document.get("authorization_response_iss_parameter_supported") is True,
        registration_endpoint=_optional_endpoint(document, "registration_endpoint", hosts),
    )


def _optional_endpoint(document: dict[str, Any], name: str, hosts: HostAllowList) -> str | None:
    return _endpoint(document, name, hosts) if name in document else None


def _endpoint(document: dict[str, Any], name: str, hosts: HostAllowList) -> str:
    url = document.get(name)
    if not isinstance(url, str):
        raise UnexpectedAnswer(f"no {name}")
    return hosts.check(url)
