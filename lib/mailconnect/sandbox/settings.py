"""A sandbox's settings at its start: its name, the clients it knows, and where it keeps what it issued."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

from mailconnect.sandbox.oauth.clients import MAILCONNECT, Client
from mailconnect.sandbox.persona import Persona, personas

Clock = Callable[[], int]
"""The time in epoch seconds."""
Entropy = Callable[[int], bytes]
"""That many random bytes."""
Sleep = Callable[[float], Awaitable[None]]
"""Waits that many seconds; a test hands in one that waits for an event instead."""

DEFAULT_PORT = 8788


class SettingsError(ValueError):
    """The environment asks for something that cannot be; the message is for the person who set it."""


@dataclass(frozen=True, slots=True)
class RealServer:
    """A JMAP server to stand in front of: its session URL, and the HS256 key its bearer tokens are signed with."""

    session_url: str
    key: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Settings:
    issuer: str = f"http://127.0.0.1:{DEFAULT_PORT}"
    api_url: str = ""
    """Where the session sends JMAP requests; empty: another host than the session's, as Fastmail's shards are."""
    clients: tuple[Client, ...] = (MAILCONNECT,)
    code_seconds: int = 600
    refresh_idle_seconds: int = 30 * 86_400
    resources: frozenset[str] = frozenset()
    """Resources (RFC 8707) known beside the session and Fastmail's own MCP server."""
    data: str = ""
    """The SQLite file; empty: in memory."""
    real_server: RealServer | None = None
    persona: Persona | None = None
    """Another kind of server to answer as."""

    @property
    def session_url(self) -> str:
        return f"{self.issuer}/jmap/session"

    @property
    def sharded_api_url(self) -> str:
        if self.api_url:
            return self.api_url
        parts = urlsplit(self.issuer)
        if parts.hostname == "127.0.0.1":
            return f"{parts.scheme}://localhost:{parts.port or 80}/jmap/api/"
        return f"{self.issuer}/phl/jmap/api/"


def port_of(environment: Mapping[str, str]) -> int:
    given = environment.get("MAILCONNECT_SANDBOX_PORT", "") or str(DEFAULT_PORT)
    if not (given.isascii() and given.isdigit() and int(given) < 65_536):
        raise SettingsError(f"MAILCONNECT_SANDBOX_PORT is a port number from 0 to 65535, not {given!r}")
    return int(given)


def persona_of(environment: Mapping[str, str]) -> Persona | None:
    """SANDBOX_PERSONA: one of personas.toml, or nothing."""
    name = environment.get("SANDBOX_PERSONA", "")
    if name and name not in personas():
        raise SettingsError(f"SANDBOX_PERSONA is one of {', '.join(sorted(personas()))}, not {name!r}")
    return personas()[name] if name else None


def mailconnect_of(environment: Mapping[str, str]) -> Client:
    """The pre-registered client, with the redirect URIs of SANDBOX_REDIRECT_URIS (space separated) beside its own."""
    more = tuple(environment.get("SANDBOX_REDIRECT_URIS", "").split())
    return replace(MAILCONNECT, redirect_uris=(*MAILCONNECT.redirect_uris, *more))
