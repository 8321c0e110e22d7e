"""The provider's token endpoint: our requests, and how its answers are read (RFC 6749 §4.1.3, §5, §6)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mailconnect.jmap.document import decode, mapping
from mailconnect.mail.errors import MailboxError, UnexpectedAnswer
from mailconnect.provider.errors import ClientRefused, GrantEnded, TemporarilyRefused
from mailconnect.provider.provider import Provider

_DEFAULT_LIFETIME = 600
_MAX_LIFETIME = 86_400
_MAX_TOKEN = 8192


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderTokens:
    access_token: str = field(repr=False)
    refresh_token: str | None = field(repr=False)
    obtained_at: int
    expires_at: int
    scope: str


def code_form(provider: Provider, *, code: str, redirect_uri: str, code_verifier: str) -> dict[str, str]:
    form = {
        "grant_type": "authorization_code",
        "client_id": provider.client_id or "",
        "code": code,
        "redirect_uri": redirect_uri,
        "code_verifier": code_verifier,
    }
    return form | _resource(provider)


def refresh_form(provider: Provider, refresh_token: str) -> dict[str, str]:
    form = {"grant_type": "refresh_token", "client_id": provider.client_id or "", "refresh_token": refresh_token}
    return form | _resource(provider)


def _resource(provider: Provider) -> dict[str, str]:
    return {"resource": provider.session_url} if provider.sends_resource else {}


def process_token_response(status: int, body: bytes, *, now: int, asked: tuple[str, ...]) -> ProviderTokens:
    """The tokens; `asked` is the scope in force where the answer names none.

    Raises GrantEnded, ClientRefused, and UnexpectedAnswer where it is unknown what the provider did.
    """
    document = mapping(decode(body), "the token response")
    if status != 200:
        raise _failure(document)
    access_token = _token(document, "access_token")
    token_type = document.get("token_type", "Bearer")
    # RFC 6749 appendix A.12 has spaces in it, but no header that it could be sent in has (RFC 6750 §2.1).
    if access_token is None or " " in access_token or not isinstance(token_type, str) or token_type.lower() != "bearer":
        raise UnexpectedAnswer("no bearer token")
    scope = document.get("scope")
    return ProviderTokens(
        access_token=access_token,
        refresh_token=_token(document, "refresh_token"),
        obtained_at=now,
        expires_at=now + _lifetime(document.get("expires_in")),
        scope=scope if isinstance(scope, str) else " ".join(asked),
    )


def _failure(document: Mapping[str, Any]) -> MailboxError:
    error = document.get("error")
    if error == "invalid_grant":
        # Fastmail's word for a locked account: the token comes back to life with it.
        return TemporarilyRefused("temporary") if document.get("temporary") is True else GrantEnded("invalid_grant")
    if error in ("invalid_client", "unauthorized_client"):
        return ClientRefused(str(error))
    return UnexpectedAnswer("another error")


def _token(document: Mapping[str, Any], name: str) -> str | None:
    token = document.get(name)
    if not isinstance(token, str) or not 0 < len(token) <= _MAX_TOKEN:
        return None
    return token if token.isascii() and token.isprintable() else None


def _lifetime(expires_in: Any) -> int:
    """Seconds. A missing, zero or absurd value must become neither a refresh at every call nor a token for years."""
    if isinstance(expires_in, str) and expires_in.isascii() and expires_in.isdigit() and len(expires_in) < 16:
        expires_in = int(expires_in)
    if isinstance(expires_in, bool) or not isinstance(expires_in, int | float) or expires_in < 1:
        return _DEFAULT_LIFETIME
    return int(min(expires_in, _MAX_LIFETIME))
