"""What a client says of itself, whether it registers or publishes a document (RFC 7591 §2)."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from mailconnect.oauth.errors import InvalidClientMetadata, InvalidRedirectUri
from mailconnect.oauth.redirect_uri import checked_redirect_uri, redirect_target

_SUPPORTED_GRANT_TYPES = ("authorization_code", "refresh_token")
_URI_MEMBERS = frozenset({"client_uri", "logo_uri", "tos_uri", "policy_uri", "jwks_uri"})
_MAX_NAME = 80
_MAX_URI = 2048
_MAX_URIS = 4096
"""Characters of all redirect URIs together."""
_MAX_TYPES = 20

_BLANKS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
_STACKED_MARKS = re.compile("(?<=[\u0300-\u036f]{2})[\u0300-\u036f]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientMetadata:
    """The members we use, whoever sent them; others are ignored (§2). `name` is as a person can safely be shown it."""

    name: str
    redirect_uris: tuple[str, ...]
    grant_types: tuple[str, ...]
    client_uri: str | None


def client_metadata(
    document: Any, *, most_redirect_uris: int, grant_types: tuple[str, ...] = ("authorization_code",)
) -> ClientMetadata:
    """InvalidRedirectUri or InvalidClientMetadata. `grant_types` are those of a client that names none."""
    if not isinstance(document, dict):
        raise InvalidClientMetadata("the metadata is not a JSON object")
    redirect_uris = _redirect_uris(document, most_redirect_uris)
    for member, value in document.items():
        if value is not None and member.partition("#")[0] in _URI_MEMBERS:
            _check_uri(member, value)
    if text(document, "application_type") == "web" and not all(map(_on_the_web, redirect_uris)):
        raise InvalidRedirectUri("a web application's redirect URIs must use https, and not on loopback")
    return ClientMetadata(
        name=_name(text(document, "client_name"), redirect_uris),
        redirect_uris=redirect_uris,
        grant_types=_grant_types(document, grant_types),
        client_uri=text(document, "client_uri"),
    )


def text(document: Mapping[str, Any], member: str) -> str | None:
    """The member, or None where it is omitted or null; InvalidClientMetadata where it is something else."""
    value = document.get(member)
    if value is not None and not isinstance(value, str):
        raise InvalidClientMetadata(f"{member} is not what RFC 7591 section 2 has it be")
    return value


def texts(document: Mapping[str, Any], member: str) -> tuple[str, ...] | None:
    """As `text`, for a list of texts."""
    value = document.get(member)
    if value is None:
        return None
    if not isinstance(value, list) or len(value) > _MAX_TYPES or not all(isinstance(one, str) for one in value):
        raise InvalidClientMetadata(f"{member} is not what RFC 7591 section 2 has it be")
    return tuple(value)


def _redirect_uris(document: Mapping[str, Any], most: int) -> tuple[str, ...]:
    uris = document.get("redirect_uris")
    if not isinstance(uris, list) or not uris:
        raise InvalidRedirectUri("redirect_uris must be a list of at least one URI")
    if len(uris) > most:
        raise InvalidRedirectUri(f"redirect_uris has more than {most} entries")
    checked = tuple(checked_redirect_uri(uri) for uri in uris)
    if sum(map(len, checked)) > _MAX_URIS:
        raise InvalidRedirectUri("the redirect URIs are too long together")
    return checked


def _on_the_web(uri: str) -> bool:
    target = redirect_target(uri)
    return target.scheme == "https" and not target.loopback


def _grant_types(document: Mapping[str, Any], by_default: tuple[str, ...]) -> tuple[str, ...]:
    """The supported ones of those asked for: assistants ask for more than they use (VS Code)."""
    asked = texts(document, "grant_types")
    supported = tuple(name for name in _SUPPORTED_GRANT_TYPES if name in (by_default if asked is None else asked))
    response_types = texts(document, "response_types")
    if "authorization_code" not in supported or (response_types is not None and "code" not in response_types):
        raise InvalidClientMetadata("only the authorization code grant is supported")
    return supported


def _check_uri(member: str, value: Any) -> None:
    """These are only shown or kept, but one that is no https URI has no honest use."""
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
    """One line, nothing invisible, stacked or turned around."""
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
