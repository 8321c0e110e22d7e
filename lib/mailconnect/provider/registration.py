"""Registering ourselves at the provider (RFC 7591), where an operator has no client id: once, and kept.

Fastmail registers openly only clients whose redirect URI is on this machine, so this is for one machine.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from mailconnect.clock import Clock
from mailconnect.jmap.response import decode
from mailconnect.mail.errors import MailboxError, UnexpectedAnswer
from mailconnect.provider.errors import RegistrationRefused
from mailconnect.provider.provider import Provider

_REFUSED_FOR = 3600
_MAX_ID = 512
_KNOWN_ERRORS = frozenset(
    {
        "invalid_redirect_uri",
        "invalid_client_metadata",
        "invalid_software_statement",
        "unapproved_software_statement",
        "access_denied",
    }
)

Post = Callable[[str, bytes], Awaitable[tuple[int, bytes]]]
"""Sends JSON to a URL; raises MailboxError."""


class KeptClientId(Protocol):
    """Where the client id is that the provider gave us for a document such as `registration_document` makes."""

    def load(self, provider_id: str, document: bytes) -> str | None: ...

    def save(self, provider_id: str, document: bytes, client_id: str) -> str:
        """The client id that is kept: another one where another process has saved it first."""
        ...


@dataclass(slots=True)
class Registration:
    """One for each process."""

    provider: Provider
    redirect_uri: str
    client_name: str
    kept: KeptClientId
    clock: Clock
    _client_id: str | None = field(default=None, init=False)
    _asking: asyncio.Lock = field(default_factory=asyncio.Lock, init=False)
    _refused: str = field(default="", init=False)
    _refused_until: int = field(default=0, init=False)

    @property
    def refused(self) -> bool:
        """Lately: for an hour the provider is not asked again."""
        return self.clock() < self._refused_until

    async def client_id(self, endpoint: str | None, post: Post) -> str:
        """Raises RegistrationRefused, or whatever MailboxError stood in the way."""
        if self._client_id is None:
            async with self._asking:
                self._client_id = self._client_id or await self._kept(endpoint, post)
        return self._client_id

    async def _kept(self, endpoint: str | None, post: Post) -> str:
        document = registration_document(self.provider, self.redirect_uri, self.client_name)
        if (kept := self.kept.load(self.provider.id, document)) is not None:
            return kept
        if self.refused:
            raise RegistrationRefused(self._refused)
        try:
            client_id = await _registered(endpoint, document, post)
        except RegistrationRefused as refused:
            self._refused, self._refused_until = str(refused), self.clock() + _REFUSED_FOR
            raise
        # Another process must redeem a sign-in with the client id that it began with.
        return self.kept.save(self.provider.id, document, client_id)


async def _registered(endpoint: str | None, document: bytes, post: Post) -> str:
    if endpoint is None:
        raise RegistrationRefused("no_registration_endpoint")
    return process_registration(*await post(endpoint, document))


def registration_document(provider: Provider, redirect_uri: str, client_name: str) -> bytes:
    """RFC 7591 §2: a public client of one machine."""
    document = {
        "application_type": "native",
        "client_name": client_name,
        "grant_types": ["authorization_code", "refresh_token"],
        "redirect_uris": [redirect_uri],
        "response_types": ["code"],
        "scope": " ".join(provider.every_scope),
        "token_endpoint_auth_method": "none",
    }
    return json.dumps(document).encode()


class _Refusal(BaseModel):
    """RFC 7591 §3.2.2."""

    error: str


class _Registered(BaseModel):
    """RFC 7591 §3.2.1, as far as we use it."""

    model_config = ConfigDict(strict=True, hide_input_in_errors=True)

    client_id: str = Field(min_length=1, max_length=_MAX_ID)
    token_endpoint_auth_method: Any = "none"


def process_registration(status: int, body: bytes) -> str:
    """The client id (RFC 7591 §3.2). Raises RegistrationRefused with a known error code, UnexpectedAnswer."""
    try:
        document = decode(body)
    except MailboxError:
        document = None
    if status not in (200, 201):
        raise RegistrationRefused(_reason(document) or str(status))
    try:
        registered = _Registered.model_validate(document)
    except ValidationError:
        raise UnexpectedAnswer("no client id") from None
    if not registered.client_id.isprintable():
        raise UnexpectedAnswer("no client id")
    if registered.token_endpoint_auth_method != "none":
        raise RegistrationRefused("not_a_public_client")
    return registered.client_id


def _reason(document: Any) -> str | None:
    try:
        error = _Refusal.model_validate(document).error
    except ValidationError:
        return None
    return error if error in _KNOWN_ERRORS else None
