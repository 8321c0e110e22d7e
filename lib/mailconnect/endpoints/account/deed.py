"""A button that the owner pressed on the account page, as the address of the page that asks for it once more.

A session ends after fifteen minutes, and more is allowed only in the first five. A press after that does nothing and
is not lost: after the sign-in, this address names it. A GET of it does nothing.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from mailconnect.grants.sending import parse_choice

AGAIN = "/account/again"

DISCONNECT, DISCONNECT_ALL, CHANGE = "disconnect", "disconnect-all", "change"

_CONNECTION = re.compile(r"[0-9A-Za-z]{22}")
_SCOPE = re.compile(r"[a-z:]{1,40}( [a-z:]{1,40}){0,19}")


@dataclass(frozen=True, slots=True)
class Deed:
    """`connection` is a grant's id, empty for all. `scope` is what a change leads to, `sending` how it may then send
    (mailconnect.grants.sending), where that is part of it.
    """

    kind: str
    connection: str = ""
    scope: frozenset[str] = frozenset()
    sending: str = ""

    @property
    def path(self) -> str:
        scope = {"scope": " ".join(sorted(self.scope))} if self.kind == CHANGE else {}
        scope |= {"sending": self.sending} if self.sending else {}
        connection = {"connection": self.connection} if self.connection else {}
        return f"{AGAIN}?{urlencode({'deed': self.kind} | connection | scope)}"


def deed_of(form: Mapping[str, str]) -> Deed | None:
    """Of the parameters of such an address. They are anybody's, and are looked at as such."""
    kind, connection, scope = form.get("deed", ""), form.get("connection", ""), form.get("scope", "")
    if kind == DISCONNECT_ALL:
        return Deed(kind)
    if kind not in (DISCONNECT, CHANGE) or not _CONNECTION.fullmatch(connection):
        return None
    if kind == DISCONNECT:
        return Deed(kind, connection)
    if not _SCOPE.fullmatch(scope):
        return None
    sending = form.get("sending", "")
    return Deed(kind, connection, frozenset(scope.split(" ")), parse_choice(sending).text if sending else "")
