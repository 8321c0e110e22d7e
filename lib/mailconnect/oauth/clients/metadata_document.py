"""The document that a client publishes about itself (draft-ietf-oauth-client-id-metadata-document §4.1)."""

from typing import Any, ClassVar, Self

from pydantic import field_validator, model_validator

from mailconnect.encoding import strict_json
from mailconnect.oauth.clients.client import AuthMethod, Client
from mailconnect.oauth.clients.key_set import checked_key_set
from mailconnect.oauth.clients.keys import keys_of
from mailconnect.oauth.clients.metadata import ClientMetadata, Texts
from mailconnect.oauth.errors import InvalidClientMetadata, OAuthError

LIFETIME = 3600
"""Seconds that a consented document is kept until the assistant has its tokens; then it is kept as long as its grants.
"""

_SHARED_SECRETS = ("client_secret", "client_secret_expires_at")
# A document is for every authorization server. A client that can authenticate in more than one of these ways lists them
# (token_endpoint_auth_methods_supported); one that lists nothing is a public client.
_METHODS = (AuthMethod.NONE, AuthMethod.PRIVATE_KEY_JWT)


class InvalidDocument(Exception):
    """The reason is a sentence of ours, never text from the document."""


class PublishedMetadata(ClientMetadata):
    """The members of ClientMetadata without a secret, and the list of methods."""

    max_redirect_uris: ClassVar[int] = 50

    token_endpoint_auth_methods_supported: Texts | None = None

    @property
    def auth_methods(self) -> tuple[AuthMethod, ...]:
        """The preferred one first."""
        offered = self._offered
        if not offered:
            return (AuthMethod.NONE,)
        methods = tuple(AuthMethod(name) for name in dict.fromkeys(offered) if name in _METHODS)
        if AuthMethod.NONE in methods and self.jwks is None and self.jwks_uri is None:
            return (AuthMethod.NONE,)
        return methods

    @property
    def _offered(self) -> list[str]:
        preferred = self.token_endpoint_auth_method
        return ([preferred] if preferred else []) + (self.token_endpoint_auth_methods_supported or [])

    @model_validator(mode="after")
    def _authenticates_without_a_secret(self) -> Self:
        if any(member in (self.model_extra or {}) for member in _SHARED_SECRETS):
            raise InvalidClientMetadata("a published document cannot hold a secret")
        if any(name.startswith("client_secret") for name in self._offered):
            raise InvalidClientMetadata("a published document cannot go with a secret")
        if not self.auth_methods:
            raise InvalidClientMetadata("token_endpoint_auth_method is not supported")
        return self

    @field_validator("jwks")
    @classmethod
    def _keys_are_public(cls, jwks: Any) -> Any:
        """Also where no method uses a key: a set that holds a secret is refused."""
        if jwks is not None:
            checked_key_set(jwks)
        return jwks


def client_of_document(url: str, body: bytes, own_host: str, now: int) -> Client:
    """Raises InvalidDocument."""
    try:
        metadata = PublishedMetadata.read(_document(url, body))
        methods = metadata.auth_methods
        signs = AuthMethod.PRIVATE_KEY_JWT in methods
        jwks, jwks_uri = keys_of(metadata.jwks, metadata.jwks_uri, own_host) if signs else (None, None)
    except OAuthError as error:
        raise InvalidDocument(error.description) from None
    return Client(
        id=url,
        name=metadata.name,
        redirect_uris=metadata.redirect_uris,
        auth_method=methods[0],
        secret_hash=None,
        grant_types=metadata.supported_grant_types,
        client_uri=metadata.client_uri,
        created_at=now,
        expires_at=now + LIFETIME,
        jwks=jwks,
        jwks_uri=jwks_uri,
        other_auth_methods=methods[1:] or None,
    )


def _document(url: str, body: bytes) -> dict[str, Any]:
    try:
        document = strict_json.loads(body)
    except strict_json.NotJson:
        raise InvalidClientMetadata("the document is not JSON that all parsers agree about") from None
    # §4.1: equal by simple string comparison.
    if not isinstance(document, dict) or document.get("client_id") != url:
        raise InvalidClientMetadata("the document is not about the client whose id is its address")
    return document
