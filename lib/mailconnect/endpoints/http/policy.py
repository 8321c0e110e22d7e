"""What each route is, in one table: whose door, which headers protect it, and which pages may call it.

A page is for a person: no script, no frame, no cache, no other site's eyes. An endpoint is for a program, which proves
itself by what it sends, never by a cookie: so pages of any origin may call those that an assistant in a browser needs.
A file is the same for everybody. tests/endpoints/http/test_policy.py holds every answer of every route against this.
"""

from dataclasses import dataclass
from enum import Enum, auto


class Kind(Enum):
    PAGE = auto()
    ENDPOINT = auto()
    FILE = auto()


@dataclass(frozen=True, slots=True)
class Policy:
    """`cors`: the methods that pages of other origins may use (Fetch §3.2); none where it is empty. `popup`: whether an
    assistant's page may have opened it in a window that it keeps hold of until the answer is back at its own origin.
    """

    entry_point: str
    kind: Kind
    cors: tuple[str, ...] = ()
    popup: bool = False


_PAGE = Policy("web", Kind.PAGE)
_CONNECTING = Policy("web", Kind.PAGE, popup=True)
_FILE = Policy("web", Kind.FILE)
# With a token, GET and DELETE are 405; the client in a page may see so.
_MCP = Policy("mcp", Kind.ENDPOINT, ("GET", "POST", "DELETE"))
_METADATA = Policy("oauth", Kind.ENDPOINT, ("GET",))

POLICIES = {
    "/mcp": _MCP,
    "/mcp/": _MCP,
    "/token": Policy("oauth", Kind.ENDPOINT, ("POST",)),
    "/revoke": Policy("oauth", Kind.ENDPOINT, ("POST",)),
    "/register": Policy("oauth", Kind.ENDPOINT, ("POST",)),
    "/register/client": Policy("oauth", Kind.ENDPOINT, ("GET", "PUT", "DELETE")),
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

_BEYOND = Policy("none", Kind.FILE)


def policy_of(path: str) -> Policy:
    """Of a route's path; what is below `/account` is one person's, and all pages."""
    return POLICIES.get(path) or (_PAGE if path.startswith("/account") else _BEYOND)
