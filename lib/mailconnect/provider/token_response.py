"""The provider's token endpoint: our requests, and how its responses are read (RFC 6749 §4.1.3, §5, §6)."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from mailconnect.grants.props import Props
from mailconnect.jmap.response import decode, mapping
from mailconnect.mail.errors import MailboxError, UnexpectedAnswer
from mailconnect.provider.errors import ClientRefused, GrantEnded, RefreshRefused, TemporarilyRefused
from mailconnect.provider.provider import Provider

_DEFAULT_LIFETIME = 600
_MAX_LIFETIME = 86_400
_MAX_TOKEN = 8192

_ERROR_STATUSES = frozenset({400, 401, 403})
"""Of a token endpoint that refuses (RFC 6749 §5.2 has 400 and 401)."""

REFUSALS = frozenset(
    {
        "invalid_grant",  # with another status
        "invalid_request",
        "invalid_token",
        "expired_token",
        "token_inactive",
        "access_denied",
        "login_required",
        "consent_required",
        "interaction_required",
    }
)
"""Errors that servers give for a dead refresh token in place of invalid_grant; some mean passing troubles too."""


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
    return {"resource": provider.resource_name} if provider.sends_resource else {}


def _usable(token: Any) -> str | None:
    """None where it is no token that we could send."""
    if not isinstance(token, str) or not 0 < len(token) <= _MAX_TOKEN:
        return None
    return token if token.isascii() and token.isprintable() else None


def _seconds(expires_in: Any) -> int:
    """A missing, zero or absurd lifetime must mean neither a refresh at every call nor a token for years."""
    if isinstance(expires_in, str) and expires_in.isascii() and expires_in.isdigit() and len(expires_in) < 16:
        expires_in = int(expires_in)
    if isinstance(expires_in, bool) or not isinstance(expires_in, int | float) or expires_in < 1:
        return _DEFAULT_LIFETIME
    return int(min(expires_in, _MAX_LIFETIME))


class _Document(BaseModel):
    """A successful response (RFC 6749 §5.1). Only the access token and its type can be wrong.

    Any other member that is odd counts as absent: the old refresh token is used up, so this response must be taken.
    """

    model_config = ConfigDict(strict=True, hide_input_in_errors=True)

    # RFC 6749 appendix A.12 allows a space, but no header could carry such a token (RFC 6750 §2.1).
    access_token: Annotated[str, BeforeValidator(_usable), Field(pattern="^[^ ]+$")]
    token_type: Annotated[str, Field(pattern="^(?i:bearer)$")] = "Bearer"
    refresh_token: Annotated[str | None, BeforeValidator(_usable)] = None
    expires_in: Annotated[int, BeforeValidator(_seconds)] = _DEFAULT_LIFETIME


def process_token_response(status: int, body: bytes, *, now: int) -> Props:
    """The tokens, without our client id. The response's scope is not read: what may be done is what the session offers.

    Raises GrantEnded, RefreshRefused, ClientRefused, and UnexpectedAnswer where it is unknown what the provider did.
    """
    document = mapping(decode(body), "the token response")
    if status != 200 or ("access_token" not in document and "error" in document):
        raise _failure(status, document)
    try:
        read = _Document.model_validate(document)
    except ValidationError:
        raise UnexpectedAnswer("no bearer token") from None
    return Props(
        access_token=read.access_token,
        refresh_token=read.refresh_token,
        obtained_at=now,
        expires_at=now + read.expires_in,
    )


def _failure(status: int, document: Mapping[str, Any]) -> MailboxError:
    error = document.get("error")
    if error == "invalid_grant" and status in _ERROR_STATUSES:
        # Fastmail's word for a locked account: the token is valid again when the account is.
        return TemporarilyRefused("temporary") if document.get("temporary") is True else GrantEnded("invalid_grant")
    if error in ("invalid_client", "unauthorized_client"):
        return ClientRefused(str(error))
    if isinstance(error, str) and error in REFUSALS:
        return RefreshRefused(f"{error} {status}")
    return UnexpectedAnswer("another error")
