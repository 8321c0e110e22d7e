"""Around every route: bounds before anything is parsed, headers on every response, a response to every failure."""

import asyncio
from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route, Router
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mailconnect import log
from mailconnect.clock import Entropy
from mailconnect.endpoints.http.errors import (
    ADDRESS_TOO_LONG,
    HEADERS_TOO_LONG,
    NOWHERE,
    ErrorPageOf,
    HttpError,
    elsewhere,
    not_by_hand,
    refused,
)
from mailconnect.endpoints.http.policy import RouteKind, policy_of
from mailconnect.endpoints.http.request_log import RequestLog, Write
from mailconnect.endpoints.http.responses import CORS, NO_STORE, json_response, temporarily_unavailable
from mailconnect.keys.port import KeyUnavailable
from mailconnect.oauth.errors import InvalidRequest
from mailconnect.settings import Settings
from mailconnect.store.errors import StoreUnavailable

MAX_TARGET = 8192
"""Bytes of path and query."""

MAX_HEADERS = 32_768
"""Bytes of all header names and values."""

RETRY_AFTER = 5
"""Seconds."""

_BODY_SECONDS = 10.0


_CORS = [(name.lower().encode(), value.encode()) for name, value in CORS.items()]


class BodyTooLarge(Exception):
    """More bytes than the endpoint takes: 413."""


class BodyTooSlow(Exception):
    """The body was not complete after ten seconds: 408."""


class Edge:
    """ASGI middleware, outermost."""

    def __init__(
        self, routes: Sequence[Route], settings: Settings, log: RequestLog, page_of: ErrorPageOf | None
    ) -> None:
        # A bare router: Starlette's own application would respond to failures before Edge sees them.
        self._app = Router(routes, redirect_slashes=False, default=self._not_found)
        # All our paths are exact, so a look-up replaces matching patterns.
        self._found = {(route.path, method): route.app for route in reversed(routes) for method in route.methods or ()}
        self._methods = {route.path: frozenset(route.methods or ()) for route in routes}
        self._not_by_hand = not_by_hand(settings.issuer)
        self._page_of = page_of
        self._log = log
        self._own_host = {route.path: policy_of(route.path).kind for route in routes if policy_of(route.path).own_host}
        self._hosts, self._elsewhere = _hosts_of(settings.issuer), elsewhere(settings.issuer)
        # On every status: a page's client that cannot read a refusal shows "network error" in its place.
        self._cors = frozenset(route.path for route in routes if policy_of(route.path).cors)
        self._always = [(b"x-content-type-options", b"nosniff")]
        if settings.secure:
            self._always.append((b"strict-transport-security", b"max-age=63072000; includeSubDomains"))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun, status = self._log.begin(scope), 0

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = message["headers"]
                named = {name for name, _ in headers}
                added = [*self._always, *_CORS] if scope["path"] in self._cors else self._always
                message["headers"] = [*headers, *(one for one in added if one[0] not in named)]
            await send(message)

        try:
            app = self._refused(scope) or self._found.get((scope["path"], scope["method"]), self._app)
            await app(scope, receive, send_with_headers)
        except Exception as error:
            if status:
                raise
            response = failed(error)
            await response(scope, receive, send_with_headers)
        finally:
            self._log.end(begun, status)

    async def _not_found(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"].rstrip("/")
        if scope["method"] == "GET" and path in self._methods and policy_of(path).kind is RouteKind.PAGE:
            # Of people, who type addresses. The query is left behind: no link of ours has such an address.
            await RedirectResponse(path, 308, NO_STORE)(scope, receive, send)
            return
        await refused(NOWHERE, scope, self._page_of)(scope, receive, send)

    def _refused(self, scope: Scope) -> Response | None:
        refusal = _out_of_bounds(scope)
        if refusal is not None:
            return refused(refusal, scope, self._page_of)
        path = scope["path"]
        allowed = self._methods.get(path)
        if allowed is not None and scope["method"] not in allowed:
            return refused(self._not_by_hand, scope, self._page_of, {"Allow": ", ".join(sorted(allowed))})
        if path in self._own_host:
            named = [value.lower() for name, value in scope["headers"] if name == b"host"]
            if len(named) != 1 or named[0] not in self._hosts:
                return refused(
                    self._elsewhere, scope, self._page_of if self._own_host[path] is RouteKind.PAGE else None
                )
        return None


def failed(error: Exception) -> Response:
    """503 with Retry-After where the store or the keys are unavailable; 500 with a reference to the log otherwise."""
    match error:
        case BodyTooLarge():
            return json_response({"error": "invalid_request", "error_description": "the body is too large"}, 413)
        case BodyTooSlow():
            closing = NO_STORE | {"Connection": "close"}
            return json_response(
                {"error": "invalid_request", "error_description": "the body is too slow"}, 408, closing
            )
        case StoreUnavailable() | KeyUnavailable():
            log.record("unavailable", what=type(error).__name__)
            return temporarily_unavailable(RETRY_AFTER)
        case _:
            return json_response({"error": "server_error", "reference": log.fault(error)}, 500)


async def read_body(request: Request, limit: int) -> bytes:
    """As `receive_body`."""
    return await receive_body(request.receive, request.headers.getlist("content-length"), limit)


async def receive_body(receive: Receive, lengths: list[str], limit: int) -> bytes:
    """The body; BodyTooLarge as soon as it is known to exceed `limit` bytes, BodyTooSlow after ten seconds.

    `lengths`: the values of all Content-Length headers.
    """
    if any(length.isdecimal() and (len(length) > 9 or int(length) > limit) for length in lengths):
        raise BodyTooLarge
    chunks, size, more = [], 0, True
    try:
        async with asyncio.timeout(_BODY_SECONDS):
            while more:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise InvalidRequest("the body did not arrive whole")
                chunk, more = message.get("body", b""), message.get("more_body", False)
                size += len(chunk)
                if size > limit:
                    raise BodyTooLarge
                chunks.append(chunk)
    except TimeoutError:
        raise BodyTooSlow from None
    return b"".join(chunks)


def _hosts_of(issuer: str) -> frozenset[bytes]:
    """The values that a Host header may have: the default port may be named or not (RFC 9110 §4.2.1, §7.2)."""
    parts = urlsplit(issuer)
    with_port = f"{parts.netloc}:{443 if parts.scheme == 'https' else 80}"
    return frozenset(host.encode() for host in ({parts.netloc} if parts.port else {parts.netloc, with_port}))


def _out_of_bounds(scope: Scope) -> HttpError | None:
    target = len(scope.get("raw_path") or scope["path"].encode()) + len(scope["query_string"])
    if target > MAX_TARGET:
        return ADDRESS_TOO_LONG
    if sum([len(name) + len(value) for name, value in scope["headers"]]) > MAX_HEADERS:
        return HEADERS_TOO_LONG
    # A route's pattern ends in `$`, which lets a newline pass.
    return NOWHERE if scope["path"].endswith("\n") else None


def application(
    routes: Sequence[Route],
    settings: Settings,
    *,
    now: Callable[[], float],
    timer: Callable[[], float],
    entropy: Entropy,
    write: Write,
    page_of: ErrorPageOf | None = None,
) -> ASGIApp:
    """Without `page_of`, browsers get errors as JSON."""
    entry_points = {route.path: policy_of(route.path).entry_point for route in routes}
    log = RequestLog(entry_points, now, timer, entropy, settings.secure, write)
    return Edge(routes, settings, log, page_of)
