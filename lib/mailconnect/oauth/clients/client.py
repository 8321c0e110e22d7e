"""A client as we store it: one that registered (RFC 7591 §2), or one that publishes a document (CIMD)."""

import hashlib
import json
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit


class AuthMethod(StrEnum):
    """How a client authenticates at the token endpoint (RFC 7591 §2)."""

    NONE = "none"
    BASIC = "client_secret_basic"
    POST = "client_secret_post"
    PRIVATE_KEY_JWT = "private_key_jwt"


WITH_SECRET = (AuthMethod.BASIC, AuthMethod.POST)


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """`secret_hash` is the hex SHA-256 of a secret of 256 random bits, None where there is none. Times: seconds.

    `jwks` is a checked key set as JSON; it or `jwks_uri` is there where the client may sign. A client that publishes a
    document may take another way to authenticate than `auth_method` too. `registration_hash` is the hex SHA-256 of the
    token with which a client that registered manages its registration.
    """

    id: str
    name: str
    redirect_uris: tuple[str, ...]
    auth_method: AuthMethod
    secret_hash: str | None
    grant_types: tuple[str, ...]
    client_uri: str | None
    created_at: int
    expires_at: int
    jwks: str | None = None
    jwks_uri: str | None = None
    other_auth_methods: tuple[str, ...] | None = None
    registration_hash: str | None = None

    def may_authenticate_by(self, method: AuthMethod) -> bool:
        """A client that has a secret may send it in the header or in the form, whichever it has registered: the same
        secret proves the same, and many clients send it as their library does.
        """
        if method in WITH_SECRET:
            return self.auth_method in WITH_SECRET
        return method is self.auth_method or method in (self.other_auth_methods or ())

    @property
    def verified_host(self) -> str | None:
        """The host of its metadata document, which the client has proven to control. None for a registered client."""
        return urlsplit(self.id).hostname if names_document(self.id) else None

    def digest(self) -> bytes:
        """The digest of all that the client says of itself: the owner's consent is to this."""
        of_itself = [self.id, self.name, self.redirect_uris, self.grant_types, self.client_uri]
        said = [*of_itself, self.auth_method, self.other_auth_methods, self.jwks, self.jwks_uri]
        return hashlib.sha256(json.dumps(said).encode()).digest()[:16]


def names_document(client_id: str) -> bool:
    """Whether this client id is the address of a metadata document. The ids that we give begin otherwise."""
    return client_id.startswith("https://")
