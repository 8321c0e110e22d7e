"""Dynamic client registration: the client that is made of the metadata it sends (RFC 7591 §3)."""

import hashlib
import json
from typing import Any, ClassVar

from mailconnect.clock import Entropy
from mailconnect.oauth.clients.client import WITH_SECRET, AuthMethod, Client
from mailconnect.oauth.clients.keys import keys_of
from mailconnect.oauth.clients.metadata import SUPPORTED_GRANT_TYPES, ClientMetadata
from mailconnect.oauth.clients.registration_lifetime import NEVER_AUTHORIZED_LIFETIME
from mailconnect.oauth.errors import InvalidClientMetadata
from mailconnect.oauth.redirect_uri import MAX_COUNT

OURS = "mcp_"
"""With this the id of every registered client begins, and no address of a client's document."""


class RegistrationRequest(ClientMetadata):
    """The body of a registration (§3.1)."""

    max_redirect_uris: ClassVar[int] = MAX_COUNT

    @property
    def supported_grant_types(self) -> tuple[str, ...]:
        """Both for a client that names the first one alone: otherwise its person would be asked each hour.

        The response says what was added (RFC 7591 §3.2.1), and a client need not use it. A published document is not
        added to: nobody answers it, and its owner may mean what it leaves out.
        """
        supported = super().supported_grant_types
        return SUPPORTED_GRANT_TYPES if "authorization_code" in supported else supported

    @property
    def auth_method(self) -> AuthMethod:
        """Raises InvalidClientMetadata. Without the member it is client_secret_basic (§2)."""
        try:
            return AuthMethod(self.token_endpoint_auth_method or AuthMethod.BASIC)
        except ValueError:
            raise InvalidClientMetadata("token_endpoint_auth_method is not supported") from None


def register(document: Any, *, own_host: str | None, now: int, entropy: Entropy) -> tuple[Client, dict[str, Any]]:
    """The client to store, and the response of RFC 7591 §3.2.1. Raises InvalidRedirectUri or InvalidClientMetadata.

    `own_host` is our own host, from which no keys are fetched; None where no keys are fetched at all.
    """
    client, secret = registered(document, own_host=own_host, now=now, entropy=entropy)
    return client, client_information(client, secret)


def registered(document: Any, *, own_host: str | None, now: int, entropy: Entropy) -> tuple[Client, str | None]:
    """The client, and its secret if it has one. As `register`.

    Members that only the server sets, such as an id or a secret, are ignored (§2).
    """
    metadata = RegistrationRequest.read(document)
    auth_method = metadata.auth_method
    secret = entropy(32).hex() if auth_method in WITH_SECRET else None
    signs = auth_method is AuthMethod.PRIVATE_KEY_JWT
    jwks, jwks_uri = keys_of(metadata.jwks, metadata.jwks_uri, own_host) if signs else (None, None)
    client = Client(
        id=f"{OURS}{entropy(16).hex()}",
        name=metadata.name,
        redirect_uris=metadata.redirect_uris,
        auth_method=auth_method,
        secret_hash=hashlib.sha256(secret.encode()).hexdigest() if secret else None,
        grant_types=metadata.supported_grant_types,
        client_uri=metadata.client_uri,
        created_at=now,
        expires_at=now + NEVER_AUTHORIZED_LIFETIME,
        jwks=jwks,
        jwks_uri=jwks_uri,
    )
    return client, secret


def client_information(client: Client, secret: str | None) -> dict[str, Any]:
    information: dict[str, Any] = {
        "client_id": client.id,
        "client_id_issued_at": client.created_at,
        "client_name": client.name,
        "redirect_uris": list(client.redirect_uris),
        "grant_types": list(client.grant_types),
        "response_types": ["code"],
        "token_endpoint_auth_method": client.auth_method.value,
    }
    if client.client_uri is not None:
        information["client_uri"] = client.client_uri
    if client.jwks is not None:
        information["jwks"] = json.loads(client.jwks)
    if client.jwks_uri is not None:
        information["jwks_uri"] = client.jwks_uri
    if secret is not None:
        information |= {"client_secret": secret, "client_secret_expires_at": 0}
    return information
