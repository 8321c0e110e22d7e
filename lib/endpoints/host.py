"""Requests that reached us under another name are not for us: DNS rebinding, a raw function URL (RFC 9110 §7.4)."""

from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from lib.settings import Settings

Endpoint = Callable[[Request], Awaitable[Response]]


def at_canonical_host(settings: Settings, endpoint: Endpoint) -> Endpoint:
    """421 unless the Host header names our issuer, once."""
    host = urlsplit(settings.issuer).netloc

    async def guarded(request: Request) -> Response:
        if [value.lower() for value in request.headers.getlist("host")] != [host]:
            return PlainTextResponse(f"This service is at {settings.issuer}\n", 421, {"Cache-Control": "no-store"})
        return await endpoint(request)

    return guarded
