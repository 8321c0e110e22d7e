"""Which pages of other origins may call `/mcp` (MCP streamable HTTP, Security Warning; Fetch §3.2).

No cookie counts at `/mcp` and every call shows a bearer token, so a page can do no more there than a program that has
the token. What a page could abuse is a name: DNS rebinding has a browser send a page's requests to this machine under
the page's own name. The Host check refuses those, whatever their origin (mailconnect.endpoints.http.policy).
"""

import re

from mailconnect.settings import Settings, is_loopback

ANY = "*"

_ORIGIN = re.compile(r"([a-z][a-z0-9+.-]*)://([^/?#@\s]+)\Z")
_PORT = re.compile(r":[0-9]*\Z")


class Origins:
    def __init__(self, settings: Settings) -> None:
        self._issuer = settings.issuer
        self._named = frozenset(settings.allowed_origins)
        self._public = settings.secure

    def allows(self, origin: str, *, by_token: bool) -> bool:
        """`origin`: an Origin header. `by_token`: the request shows a bearer token, or asks whether it may."""
        if origin == self._issuer:
            return True
        if self._named:
            return ANY in self._named or origin in self._named
        return self._public or self._allowed_on_one_machine(origin, by_token=by_token)

    def _allowed_on_one_machine(self, origin: str, *, by_token: bool) -> bool:
        """Pages that this machine serves are trusted as its programs are. An app or an extension has an origin that is
        no website's; so has a page in a sandbox (`null`), hence the token. A website has no business here.
        """
        found = _ORIGIN.match(origin)
        if found is None:
            return origin == "null" and by_token
        scheme, place = found.groups()
        if scheme in ("http", "https"):
            return is_loopback(_PORT.sub("", place).strip("[]"))
        return by_token
