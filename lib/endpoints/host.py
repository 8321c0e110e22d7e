"""Requests that reached us under another name are not for us: DNS rebinding, a raw function URL (RFC 9110 §7.4)."""

from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from lib.settings import Settings

Endpoint = Callable[[Request], Awaitable[Response]]


class CanonicalHost:
    """Our issuer's; a request must name it in its Host header, once."""

    def __init__(self, settings: Settings) -> None:
        self._issuer = settings.issuer
        self._host = urlsplit(settings.issuer).netloc

    def is_named(self, hosts: list[str]) -> bool:
        """`hosts`: the values of all Host headers."""
        return len(hosts) == 1 and hosts[0].lower() == self._host

    def misdirected(self) -> Response:
        return PlainTextResponse(f"This service is at {self._issuer}\n", 421, {"Cache-Control": "no-store"})


def at_canonical_host(settings: Settings, endpoint: Endpoint) -> Endpoint:
    host = CanonicalHost(settings)

    async def guarded(request: Request) -> Response:
        return await endpoint(request) if host.is_named(request.headers.getlist("host")) else host.misdirected()

    return guarded
