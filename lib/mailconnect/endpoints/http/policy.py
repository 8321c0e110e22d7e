"""Each route in one table: its entry point, the headers that protect it, and the pages that may call it.

A page is for the owner: no script, no frame, no cache, nothing for other sites. An endpoint is for a program, which
authenticates by what it sends and never by a cookie. So pages of any origin may call the endpoints that an assistant in
a browser needs. A file is the same for everybody. tests/endpoints/http/test_policy.py checks all responses against
this.
"""

from dataclasses import dataclass
from enum import Enum, auto


class RouteKind(Enum):
    PAGE = auto()
    ENDPOINT = auto()
    FILE = auto()


@dataclass(frozen=True, slots=True)
class RoutePolicy:
    """`cors`: the methods that pages of other origins may use (Fetch §3.2).

    `own_host`: it responds only where the request names the host of our issuer. Anything else is DNS rebinding, or a
    raw function URL (RFC 9110 §7.4).

    `popup`: an assistant's page may have opened it in a window, and keeps that window until the response is back at the
    assistant's own origin.
    """

    entry_point: str
    kind: RouteKind
    cors: tuple[str, ...] = ()
    popup: bool = False
    own_host: bool = False


_PAGE = RoutePolicy("web", RouteKind.PAGE)
_OWNERS_PAGE = RoutePolicy("web", RouteKind.PAGE, own_host=True)
_CONNECTING = RoutePolicy("web", RouteKind.PAGE, popup=True, own_host=True)
_FILE = RoutePolicy("web", RouteKind.FILE)
# With a token, GET and DELETE are 405; the client in a page may see so.
_MCP = RoutePolicy("mcp", RouteKind.ENDPOINT, ("GET", "POST", "DELETE"), own_host=True)
_METADATA = RoutePolicy("oauth", RouteKind.ENDPOINT, ("GET",))

POLICIES = {
    "/mcp": _MCP,
    "/mcp/": _MCP,
    "/token": RoutePolicy("oauth", RouteKind.ENDPOINT, ("POST",)),
    "/revoke": RoutePolicy("oauth", RouteKind.ENDPOINT, ("POST",)),
    "/register": RoutePolicy("oauth", RouteKind.ENDPOINT, ("POST",)),
    "/register/client": RoutePolicy("oauth", RouteKind.ENDPOINT, ("GET", "PUT", "DELETE")),
    "/.well-known/oauth-authorization-server": _METADATA,
    "/.well-known/oauth-protected-resource": _METADATA,
    "/.well-known/oauth-protected-resource/mcp": _METADATA,
    "/": _PAGE,
    "/connect": _PAGE,
    "/privacy": _PAGE,
    "/security": _PAGE,
    "/authorize": _CONNECTING,
    "/auth/callback": _CONNECTING,
    "/connect.md": _FILE,
    "/robots.txt": _FILE,
    "/.well-known/security.txt": _FILE,
    "/favicon.svg": _FILE,
    "/static/style.css": _FILE,
}

_BEYOND = RoutePolicy("none", RouteKind.FILE)


def policy_of(path: str) -> RoutePolicy:
    """The policy of a route's path. All paths below `/account` and `/approve` are pages of one owner."""
    return POLICIES.get(path) or (_OWNERS_PAGE if path.startswith(("/account", "/approve")) else _BEYOND)
