"""Dynamic client registration: the metadata a client sends, and what we make of it (RFC 7591 §2, §3).

Imported by the `/register` endpoint alone, at its first use: pydantic costs more to import than the rest of that path.
"""

import hashlib
import re
import unicodedata
from typing import Any
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from lib.clock import Entropy
from lib.oauth.client import AuthMethod, Client
from lib.oauth.errors import InvalidClientMetadata, InvalidRedirectUri
from lib.oauth.redirect_uri import MAX_COUNT, checked_redirect_uri, redirect_target
from lib.oauth.registration_lifetime import NEVER_AUTHORIZED_LIFETIME

_SUPPORTED_GRANT_TYPES = ("authorization_code", "refresh_token")
_URI_MEMBERS = frozenset({"client_uri", "logo_uri", "tos_uri", "policy_uri", "jwks_uri"})
_MAX_NAME = 80
_MAX_URI = 2048
_MAX_URIS = 4096
"""Characters of all redirect URIs together."""

_BLANKS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
_STACKED_MARKS = re.compile("(?<=[\u0300-\u036f]{2})[\u0300-\u036f]+")


class ClientMetadata(BaseModel):
    """The members we use; others, a client's idea of its own id or secret among them, are ignored (§2)."""

    model_config = ConfigDict(extra="ignore", strict=True)

    redirect_uris: list[Any]
    client_name: str | None = None
    client_uri: str | None = None
    logo_uri: str | None = None
    tos_uri: str | None = None
    policy_uri: str | None = None
    jwks_uri: str | None = None
    token_endpoint_auth_method: str | None = None
    grant_types: list[str] = Field(default=["authorization_code"], max_length=20)
    response_types: list[str] = Field(default=["code"], max_length=20)
    application_type: str | None = None


def register(document: Any, *, now: int, entropy: Entropy) -> tuple[Client, dict[str, Any]]:
    """The client to store and the answer of RFC 7591 §3.2.1; InvalidRedirectUri or InvalidClientMetadata."""
    if not isinstance(document, dict):
        raise InvalidClientMetadata("the body is not a JSON object")
    redirect_uris = _redirect_uris(document)
    try:
        metadata = ClientMetadata.model_validate(document)
    except ValidationError as error:
        field = str(error.errors()[0]["loc"][0])
        raise InvalidClientMetadata(f"{field} is not what RFC 7591 section 2 has it be") from None
    for member, value in document.items():
        if value is not None and member.partition("#")[0] in _URI_MEMBERS:
            _check_uri(member, value)
    if metadata.application_type == "web" and not all(_on_the_web(uri) for uri in redirect_uris):
        raise InvalidRedirectUri("a web application's redirect URIs must use https, and not on loopback")

    auth_method = _auth_method(metadata)
    secret = entropy(32).hex() if auth_method is not AuthMethod.NONE else None
    client = Client(
        id=f"mcp_{entropy(16).hex()}",
        name=_name(metadata.client_name, redirect_uris),
        redirect_uris=redirect_uris,
        auth_method=auth_method,
        secret_hash=hashlib.sha256(secret.encode()).hexdigest() if secret else None,
        grant_types=_grant_types(metadata),
        client_uri=metadata.client_uri,
        created_at=now,
        expires_at=now + NEVER_AUTHORIZED_LIFETIME,
    )
    return client, _answer(client, secret)


def _answer(client: Client, secret: str | None) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "client_id": client.id,
        "client_id_issued_at": client.created_at,
        "client_name": client.name,
        "redirect_uris": list(client.redirect_uris),
        "grant_types": list(client.grant_types),
        "response_types": ["code"],
        "token_endpoint_auth_method": client.auth_method.value,
    }
    if client.client_uri is not None:
        answer["client_uri"] = client.client_uri
    if secret is not None:
        answer |= {"client_secret": secret, "client_secret_expires_at": 0}
    return answer


def _redirect_uris(document: dict[str, Any]) -> tuple[str, ...]:
    uris = document.get("redirect_uris")
    if not isinstance(uris, list) or not uris:
        raise InvalidRedirectUri("redirect_uris must be a list of at least one URI")
    if len(uris) > MAX_COUNT:
        raise InvalidRedirectUri(f"redirect_uris has more than {MAX_COUNT} entries")
    checked = tuple(checked_redirect_uri(uri) for uri in uris)
    if sum(map(len, checked)) > _MAX_URIS:
        raise InvalidRedirectUri("the redirect URIs are too long together")
    return checked


def _on_the_web(uri: str) -> bool:
    target = redirect_target(uri)
    return target.scheme == "https" and not target.loopback


def _auth_method(metadata: ClientMetadata) -> AuthMethod:
    # RFC 7591 §2 makes client_secret_basic the default of an absent member.
    try:
        return AuthMethod(metadata.token_endpoint_auth_method or AuthMethod.BASIC)
    except ValueError:
        raise InvalidClientMetadata("token_endpoint_auth_method is not supported") from None


def _grant_types(metadata: ClientMetadata) -> tuple[str, ...]:
    """The supported ones of those asked for: assistants ask for more than they use (VS Code)."""
    supported = tuple(name for name in _SUPPORTED_GRANT_TYPES if name in metadata.grant_types)
    if "authorization_code" not in supported or "code" not in metadata.response_types:
        raise InvalidClientMetadata("only the authorization code grant is supported")
    return supported


def _check_uri(member: str, value: Any) -> None:
    """These are never fetched, only shown or kept, but one that is no https URI has no honest use."""
    ok = isinstance(value, str) and len(value) <= _MAX_URI and value.isascii() and value.isprintable()
    if ok:
        try:
            parts = urlsplit(value)
        except ValueError:
            ok = False
        else:
            ok = parts.scheme in ("https", "http") and bool(parts.hostname) and "@" not in parts.netloc
    if not ok:
        raise InvalidClientMetadata(f"{member.partition('#')[0]} is not a web address")


def _name(name: str | None, redirect_uris: tuple[str, ...]) -> str:
    """The client's name as a person can safely be shown it: one line, nothing invisible, stacked or turned around."""
    # Cut first: composing a long row of combining marks takes quadratic time.
    shown = "".join(map(_shown, (name or "")[: 2 * _MAX_NAME]))
    composed = unicodedata.normalize("NFC", _STACKED_MARKS.sub("", shown))
    collapsed = " ".join(composed.split())[:_MAX_NAME].strip()
    target = redirect_target(redirect_uris[0])
    return collapsed if any(map(str.isalnum, collapsed)) else target.host or target.scheme


def _shown(character: str) -> str:
    if character.isspace():
        return " "
    return "" if unicodedata.category(character)[0] == "C" or character in _BLANKS else character
