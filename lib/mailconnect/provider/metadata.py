"""The provider's authorization-server metadata, as far as we use it (RFC 8414 §3.3)."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, ValidationError

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
    """Where a server publishes it that implements only OpenID Connect Discovery 1.0 (§4)."""
    return f"{issuer.rstrip('/')}/.well-known/openid-configuration"


class _Document(BaseModel):
    """The members that we use. One that is absent and optional is None; null is not taken for absent."""

    model_config = ConfigDict(strict=True, hide_input_in_errors=True)

    issuer: str
    code_challenge_methods_supported: list[Any]
    authorization_endpoint: str
    token_endpoint: str
    revocation_endpoint: str = ""
    registration_endpoint: str = ""
    authorization_response_iss_parameter_supported: Any = None


_SENTENCES = {"issuer": "metadata of another issuer", "code_challenge_methods_supported": "no S256"}


def process_server_metadata(document: Any, issuer: str, hosts: HostAllowList) -> ServerMetadata:
    """The metadata, if it is this issuer's and sends us only to allowed hosts.

    Raises UnexpectedAnswer, or UntrustedAddress for an endpoint on another host.
    """
    try:
        read = _Document.model_validate(document)
    except ValidationError as error:
        wrong = next(iter(error.errors(include_url=False, include_input=False)[0]["loc"]), "issuer")
        raise UnexpectedAnswer(_SENTENCES.get(str(wrong), f"no {wrong}")) from None
    if read.issuer != issuer:
        raise UnexpectedAnswer(_SENTENCES["issuer"])
    if "S256" not in read.code_challenge_methods_supported:
        raise UnexpectedAnswer(_SENTENCES["code_challenge_methods_supported"])

    def optional(name: str, url: str) -> str | None:
        return hosts.check(url) if name in read.model_fields_set else None

    return ServerMetadata(
        issuer=issuer,
        authorization_endpoint=hosts.check(read.authorization_endpoint),
        token_endpoint=hosts.check(read.token_endpoint),
        revocation_endpoint=optional("revocation_endpoint", read.revocation_endpoint),
        iss_parameter=read.authorization_response_iss_parameter_supported is True,
        registration_endpoint=optional("registration_endpoint", read.registration_endpoint),
    )
