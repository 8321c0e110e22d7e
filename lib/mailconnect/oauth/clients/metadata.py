"""A client's own metadata, whether it registers or publishes a document (RFC 7591 §2)."""

import re
import unicodedata
from typing import Annotated, Any, ClassVar, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator, model_validator

from mailconnect.oauth.errors import InvalidClientMetadata, InvalidRedirectUri
from mailconnect.oauth.redirect_uri import checked_redirect_uri, redirect_target

SUPPORTED_GRANT_TYPES = ("authorization_code", "refresh_token")
_URI_MEMBERS = ("client_uri", "logo_uri", "tos_uri", "policy_uri", "jwks_uri")
_MAX_NAME = 80
_MAX_URI = 2048
_MAX_URIS = 4096
"""Characters of all redirect URIs together."""

_BLANKS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
_STACKED_MARKS = re.compile("(?<=[\u0300-\u036f]{2})[\u0300-\u036f]+")

Texts = Annotated[list[str], Field(max_length=20)]


class ClientMetadata(BaseModel):
    """The members that we use. Others are ignored (§2), but a web address in another language is checked too.

    A validator raises the OAuthError that goes on the wire: pydantic lets it pass as it is.
    """

    model_config = ConfigDict(frozen=True, strict=True, extra="allow", hide_input_in_errors=True)

    max_redirect_uris: ClassVar[int]

    redirect_uris: tuple[str, ...] = Field(default=(), validate_default=True)
    client_uri: str | None = None
    logo_uri: str | None = None
    tos_uri: str | None = None
    policy_uri: str | None = None
    jwks_uri: str | None = None
    application_type: str | None = None
    client_name: str | None = None
    grant_types: Texts | None = None
    response_types: Texts | None = None
    token_endpoint_auth_method: str | None = None
    jwks: Any = None

    @classmethod
    def read(cls, document: Any) -> Self:
        """Raises InvalidRedirectUri or InvalidClientMetadata."""
        try:
            return cls.model_validate(document)
        except ValidationError as error:
            wrong = error.errors(include_url=False, include_input=False)[0]["loc"]
        if not wrong:
            raise InvalidClientMetadata("the metadata is not a JSON object")
        raise InvalidClientMetadata(f"{wrong[0]} is not what RFC 7591 section 2 has it be")

    @property
    def name(self) -> str:
        """The client's name as it is safe to show to the owner: one line, nothing invisible, stacked or reversed."""
        # Cut first: composing a long row of combining marks takes quadratic time.
        shown = "".join(map(_shown, (self.client_name or "")[: 2 * _MAX_NAME]))
        composed = unicodedata.normalize("NFC", _STACKED_MARKS.sub("", shown))
        collapsed = " ".join(composed.split())[:_MAX_NAME].strip()
        target = redirect_target(self.redirect_uris[0])
        return collapsed if any(map(str.isalnum, collapsed)) else target.host or target.scheme

    @property
    def supported_grant_types(self) -> tuple[str, ...]:
        """Those that are named and supported: assistants name more than they use (VS Code). For none named, all."""
        named = self.grant_types or SUPPORTED_GRANT_TYPES
        return tuple(name for name in SUPPORTED_GRANT_TYPES if name in named)

    @field_validator("redirect_uris", mode="before")
    @classmethod
    def _redirect_uris_may_be_registered(cls, uris: Any) -> tuple[str, ...]:
        if not isinstance(uris, list) or not uris:
            raise InvalidRedirectUri("redirect_uris must be a list of at least one URI")
        if len(uris) > cls.max_redirect_uris:
            raise InvalidRedirectUri(f"redirect_uris has more than {cls.max_redirect_uris} entries")
        checked = _usable(uris)
        if sum(map(len, checked)) > _MAX_URIS:
            raise InvalidRedirectUri("the redirect URIs are too long together")
        return checked

    @field_validator(*_URI_MEMBERS, mode="before")
    @classmethod
    def _addresses_are_of_the_web(cls, value: Any, info: ValidationInfo) -> Any:
        return _web_address(info.field_name or "", value)

    @model_validator(mode="after")
    def _translated_addresses_are_of_the_web(self) -> Self:
        """`client_uri#de` is the client's address in German (§2.2)."""
        for tagged, value in (self.model_extra or {}).items():
            member = tagged.partition("#")[0]
            if member in _URI_MEMBERS:
                _web_address(member, value)
        return self

    @model_validator(mode="after")
    def _web_applications_redirect_to_the_web(self) -> Self:
        if self.application_type == "web" and not all(map(_on_the_web, self.redirect_uris)):
            raise InvalidRedirectUri("a web application's redirect URIs must use https, and not on loopback")
        return self

    @model_validator(mode="after")
    def _uses_the_authorization_code_grant(self) -> Self:
        by_code = not self.response_types or "code" in self.response_types
        if "authorization_code" not in self.supported_grant_types or not by_code:
            raise InvalidClientMetadata("only the authorization code grant is supported")
        return self


def _usable(uris: list[Any]) -> tuple[str, ...]:
    """An address that cannot be used drops itself: clients register all they may ever use, for every system at once.
    Raises InvalidRedirectUri where none is left, or one is no text.
    """
    usable, refused = [], None
    for uri in uris:
        try:
            usable.append(checked_redirect_uri(uri))
        except InvalidRedirectUri as error:
            if not isinstance(uri, str):
                raise
            refused = refused or error
    if not usable and refused is not None:
        raise refused
    return tuple(usable)


def _on_the_web(uri: str) -> bool:
    target = redirect_target(uri)
    return target.scheme == "https" and not target.loopback


def _web_address(member: str, value: Any) -> Any:
    """These are only shown or kept, but one that is no web address has no honest use. Raises InvalidClientMetadata."""
    if value is None or value == "":  # left out, as libraries write it that always write every member
        return None
    ok = isinstance(value, str) and len(value) <= _MAX_URI and value.isascii() and value.isprintable()
    if ok:
        try:
            parts = urlsplit(value)
        except ValueError:
            ok = False
        else:
            ok = parts.scheme in ("https", "http") and bool(parts.hostname) and "@" not in parts.netloc
    if not ok:
        raise InvalidClientMetadata(f"{member} is not a web address")
    return value


def _shown(character: str) -> str:
    if character.isspace():
        return " "
    return "" if unicodedata.category(character)[0] == "C" or character in _BLANKS else character
