"""A client reads, replaces and deletes its own registration with the token that it got (RFC 7592 §2, §3)."""

import dataclasses
import hashlib
from typing import Any

from mailconnect.clock import Entropy
from mailconnect.oauth.clients.client import WITH_SECRET, Client
from mailconnect.oauth.clients.registration import client_information, registered
from mailconnect.oauth.errors import InvalidClientMetadata

PATH = "/register/client"
_SERVERS_OWN = frozenset(
    {"registration_access_token", "registration_client_uri", "client_secret_expires_at", "client_id_issued_at"}
)


def with_token(client: Client, entropy: Entropy) -> tuple[Client, str]:
    """The client with the hash of a new registration access token, and the token."""
    token = f"mcm_{entropy(32).hex()}"
    return dataclasses.replace(client, registration_hash=token_hash(token)), token


def token_hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()


def management(client: Client, token: str, issuer: str) -> dict[str, str]:
    """The members that §3 adds to a client's information."""
    return {
        "registration_access_token": token,
        "registration_client_uri": f"{issuer}{PATH}?client_id={client.id}",
    }


def replaced(client: Client, document: Any, *, own_host: str | None, entropy: Entropy) -> tuple[Client, dict[str, Any]]:
    """The client after `document` has replaced all its metadata (§2.2), and its information.

    Raises InvalidRedirectUri or InvalidClientMetadata. A secret stays while the client needs one. Its expiry does not
    change.
    """
    if not isinstance(document, dict) or document.get("client_id") != client.id:
        raise InvalidClientMetadata("client_id is not that of the registration")
    if _SERVERS_OWN & document.keys():
        raise InvalidClientMetadata("the metadata has a member that only the server sets")
    given = document.get("client_secret")
    if given is not None and (not isinstance(given, str) or token_hash(given) != client.secret_hash):
        raise InvalidClientMetadata("client_secret is not that of the registration")
    fresh, secret = registered(document, own_host=own_host, now=client.created_at, entropy=entropy)
    keeps = fresh.auth_method in WITH_SECRET and client.secret_hash is not None
    changed = dataclasses.replace(
        fresh,
        id=client.id,
        secret_hash=client.secret_hash if keeps else fresh.secret_hash,
        expires_at=client.expires_at,
        registration_hash=client.registration_hash,
    )
    return changed, client_information(changed, None if keeps else secret)
