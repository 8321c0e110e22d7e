"""The names of what was just ended, for the receipt's page. The browser keeps them for five minutes, the store never.

A receipt names nobody, so that anybody may read it who has its number. The person who has just pressed the button wants
to read what they have ended. A cookie proves nothing: it is shown as text, to the browser that brings it.
"""

import base64
import binascii
import json
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

_LIFETIME = 300
_MAX_NAMES, _LONGEST_NAME, _LONGEST = 10, 60, 3000


@dataclass(frozen=True, slots=True)
class EndedNames:
    secure: bool

    @property
    def _cookie(self) -> str:
        return "__Host-mailconnect-ended" if self.secure else "mailconnect-ended"

    def set(self, response: Response, number: str, names: list[str]) -> None:
        """With the redirect to the receipt of this number."""
        document = json.dumps([number, *(name[:_LONGEST_NAME] for name in names[:_MAX_NAMES])], ensure_ascii=False)
        text = base64.urlsafe_b64encode(document.encode()).rstrip(b"=").decode()
        response.set_cookie(
            self._cookie, text, max_age=_LIFETIME, path="/", secure=self.secure, httponly=True, samesite="lax"
        )

    def of(self, request: Request, number: str) -> list[str]:
        """No names where the browser has none for this number."""
        pairs = ";".join(request.headers.getlist("cookie")).split(";")
        values = [value for name, _, value in (pair.strip().partition("=") for pair in pairs) if name == self._cookie]
        text = values[0] if len(values) == 1 else ""
        if not 0 < len(text) <= _LONGEST:
            return []
        try:
            document = json.loads(base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True))
        except (binascii.Error, ValueError, RecursionError):
            return []
        if not isinstance(document, list) or not all(isinstance(one, str) for one in document):
            return []
        about, *names = document or [""]
        return [name[:_LONGEST_NAME] for name in names[:_MAX_NAMES]] if about == number else []
