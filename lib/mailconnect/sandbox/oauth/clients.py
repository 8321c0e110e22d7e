"""A client that may ask for authorization: registered by hand, or by itself (RFC 7591)."""

from dataclasses import dataclass

from mailconnect.sandbox.oauth.scopes import LEGACY, NEW


@dataclass(frozen=True, slots=True)
class Client:
    client_id: str
    name: str
    redirect_uris: tuple[str, ...]
    scopes: frozenset[str]


MAILCONNECT = Client(
    client_id="mailconnect-sandbox",
    name="mailconnect",
    redirect_uris=("http://127.0.0.1:8787/auth/callback",),
    scopes=NEW | LEGACY,
)
