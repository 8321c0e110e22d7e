"""The document that a client publishes about itself (draft-ietf-oauth-client-id-metadata-document §4.1)."""

from typing import Any

from mailconnect.encoding import strict_json
from mailconnect.oauth.client import AuthMethod, Client
from mailconnect.oauth.client_keys import keys_of
from mailconnect.oauth.client_metadata import client_metadata, text, texts
from mailconnect.oauth.errors import InvalidClientMetadata, OAuthError
from mailconnect.oauth.key_set import checked_key_set

LIFETIME = 3600
"""Seconds that what a person consented to is kept until the assistant has its tokens; then as long as its grants."""

_MAX_REDIRECT_URIS = 50
_SHARED_SECRETS = ("client_secret", "client_secret_expires_at")
# A document is for every authorization server, so a client that can do more than one of these says so in a list
# (token_endpoint_auth_methods_supported); where it says nothing, it is a public client.
_METHODS = (AuthMethod.NONE, AuthMethod.PRIVATE_KEY_JWT)


class InvalidDocument(Exception):
    """The reason is a sentence of ours, never text from the document."""


def client_of_document(url: str, body: bytes, own_host: str, now: int) -> Client:
    """Raises InvalidDocument."""
    try:
        document = _document(url, body)
        metadata = client_metadata(
            document,
            most_redirect_uris=_MAX_REDIRECT_URIS,
            grant_types=("authorization_code", "refresh_token"),
        )
        methods = _auth_methods(document)
        if document.get("jwks") is not None:
            checked_key_set(document["jwks"])  # one with a secret in it is refused even where no key is used
        jwks, jwks_uri = keys_of(document, own_host) if AuthMethod.PRIVATE_KEY_JWT in methods else (None, None)
    except OAuthError as error:
        raise InvalidDocument(error.description) from None
    return Client(
        id=url,
        name=metadata.name,
        redirect_uris=metadata.redirect_uris,
        auth_method=methods[0],
        secret_hash=None,
        grant_types=metadata.grant_types,
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


def _auth_methods(document: dict[str, Any]) -> tuple[AuthMethod, ...]:
    """The preferred one first."""
    if any(member in document for member in _SHARED_SECRETS):
        raise InvalidClientMetadata("a published document cannot hold a secret")
    preferred = text(document, "token_endpoint_auth_method")
    offered = ((preferred,) if preferred else ()) + (texts(document, "token_endpoint_auth_methods_supported") or ())
    if any(name.startswith("client_secret") for name in offered):
        raise InvalidClientMetadata("a published document cannot go with a secret")
    if not offered:
        return (AuthMethod.NONE,)
    methods = tuple(AuthMethod(name) for name in dict.fromkeys(offered) if name in _METHODS)
    if AuthMethod.NONE in methods and document.get("jwks") is None and document.get("jwks_uri") is None:
        return (AuthMethod.NONE,)
    if not methods:
        raise InvalidClientMetadata("token_endpoint_auth_method is not supported")
    return methods
