"""The provider's authorization-server metadata, as far as we use it (RFC 8414 §3.3)."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, ValidationError

from mailconnect.languages.words import marked
from mailconnect.mail.errors import UnexpectedAnswer
from mailconnect.outbound.allowed_hosts import HostAllowList
from mailconnect.provider.errors import MetadataUnusable


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerMetadata:
    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    revocation_endpoint: str | None
    iss_parameter: bool
    registration_endpoint: str | None = None
    resource: str | None = None
    """The session's name in its own metadata, where that is not its URL (RFC 9728 §3.3)."""


def server_metadata_url(issuer: str) -> str:
    """Where RFC 8414 §3.1 puts an issuer's metadata."""
    parts = urlsplit(issuer)
    return f"{parts.scheme}://{parts.netloc}/.well-known/oauth-authorization-server{parts.path.rstrip('/')}"


def openid_configuration_url(issuer: str) -> str:
    """Where a server publishes it that implements only OpenID Connect Discovery 1.0 (§4)."""
    return f"{issuer.rstrip('/')}/.well-known/openid-configuration"


class _Document(BaseModel):
    """The members that we use; `null` was taken out before."""

    model_config = ConfigDict(strict=True, hide_input_in_errors=True)

    issuer: str
    code_challenge_methods_supported: Any = None
    authorization_endpoint: str
    token_endpoint: str
    revocation_endpoint: str = ""
    registration_endpoint: str = ""
    authorization_response_iss_parameter_supported: Any = None


def process_server_metadata(
    document: Any, issuer: str, hosts: HostAllowList, *, assumes_pkce: bool = False
) -> ServerMetadata:
    """The metadata, if it is this issuer's and sends us only to allowed hosts. Members that are null count as absent.

    `assumes_pkce`: the operator knows that the server takes PKCE with S256, though it announces no method.
    Raises UnexpectedAnswer, MetadataUnusable, or UntrustedAddress for an endpoint on another host.
    """
    if not isinstance(document, dict):
        raise UnexpectedAnswer("the metadata is not an object")
    try:
        read = _Document.model_validate({name: value for name, value in document.items() if value is not None})
    except ValidationError as error:
        wrong = str(next(iter(error.errors(include_url=False, include_input=False)[0]["loc"])))
        raise _of_another_issuer() if wrong == "issuer" else _without(wrong) from None
    if read.issuer != issuer:
        raise _of_another_issuer()
    methods = read.code_challenge_methods_supported
    announced = isinstance(methods, list) and "S256" in methods
    if not announced and not (assumes_pkce and methods is None):
        raise MetadataUnusable(
            "no S256",
            cause=marked("its sign-in server does not announce PKCE with S256, which this service needs"),
            remedy="set MAILCONNECT_PROVIDER_PKCE to assumed, if the provider says elsewhere that it takes PKCE",
        )

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


def _of_another_issuer() -> MetadataUnusable:
    return MetadataUnusable(
        "metadata of another issuer",
        cause=marked("its sign-in server publishes metadata under another name than its own"),
        remedy="set MAILCONNECT_PROVIDER_ISSUER to the issuer that the metadata names, if that is the provider's",
    )


def _without(member: str) -> MetadataUnusable:
    """`member` is one of _Document's."""
    return MetadataUnusable(
        f"no {member}",
        cause=marked("its sign-in server's metadata names no usable %(member)s", member=member),
        remedy="ask the provider, or let people connect by API token",
    )
