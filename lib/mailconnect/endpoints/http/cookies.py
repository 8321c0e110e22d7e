"""Our four cookies: each has 43 characters, and a browser holds at most one of each.

`consent` ties the consent page to the decision. `sign-in` ties the decision to the provider's response: it is derived
from `consent`, and set only after the owner has approved. So an approval made in another browser cannot be finished
in this one. `session` is the owner's session on the account page. `approve` is a
browser that may approve messages, and do nothing else.

Two more hold no secret: endpoints.account.ended_names, and endpoints.http.reader for the language.
"""

import base64
import binascii

from starlette.requests import Request
from starlette.responses import Response

_SECRET_BYTES = 32


class Cookie:
    """`__Host-` needs https, so on one machine the name has no prefix (RFC 6265bis §4.1.3.2)."""

    def __init__(self, name: str, *, secure: bool, lifetime: int) -> None:
        self._name = f"__Host-mailconnect-{name}" if secure else f"mailconnect-{name}"
        self._secure = secure
        self._lifetime = lifetime

    def read(self, request: Request) -> bytes | None:
        """The 256-bit value. None where the request has no such cookie, or more than one."""
        # Not the library's parser: unquoting a hostile header takes it seconds (CVE-2024-7592). Ours is never quoted.
        pairs = ";".join(request.headers.getlist("cookie")).split(";")
        values = [value for name, _, value in (pair.strip().partition("=") for pair in pairs) if name == self._name]
        text = values[0] if len(values) == 1 else ""
        if len(text) != 43:
            return None
        try:
            value = base64.b64decode(text + "=", altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            return None
        return value if len(value) == _SECRET_BYTES else None

    def set(self, response: Response, value: bytes) -> None:
        self._set(response, base64.urlsafe_b64encode(value).rstrip(b"=").decode(), self._lifetime)

    def forget(self, response: Response) -> None:
        self._set(response, "", 0)

    def _set(self, response: Response, text: str, max_age: int) -> None:
        response.set_cookie(
            self._name,
            text,
            max_age=max_age,
            path="/",
            secure=self._secure,
            httponly=True,
            samesite="lax",
        )
