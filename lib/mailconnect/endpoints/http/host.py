"""Refuses requests to another host name: DNS rebinding, or a raw function URL (RFC 9110 §7.4)."""

from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope

from mailconnect.endpoints.http.errors import ErrorPageOf, elsewhere, refused
from mailconnect.settings import Settings

Endpoint = Callable[[Request], Awaitable[Response]]


class CanonicalHost:
    """The host of our issuer. A request must name it in exactly one Host header."""

    def __init__(self, settings: Settings) -> None:
        self._refusal = elsewhere(settings.issuer)
        parts = urlsplit(settings.issuer)
        with_port = f"{parts.netloc}:{443 if parts.scheme == 'https' else 80}"
        # The default port may be named or not (RFC 9110 §4.2.1, §7.2).
        self._hosts = frozenset({parts.netloc} if parts.port else {parts.netloc, with_port})

    def is_named(self, hosts: list[str]) -> bool:
        """`hosts`: the values of all Host headers."""
        return len(hosts) == 1 and hosts[0].lower() in self._hosts

    def misdirected(self, scope: Scope, page_of: ErrorPageOf | None = None) -> Response:
        return refused(self._refusal, scope, page_of)


def at_canonical_host(settings: Settings, endpoint: Endpoint, page_of: ErrorPageOf | None = None) -> Endpoint:
    host = CanonicalHost(settings)

    async def guarded(request: Request) -> Response:
        named = host.is_named(request.headers.getlist("host"))
        return await endpoint(request) if named else host.misdirected(request.scope, page_of)

    return guarded
