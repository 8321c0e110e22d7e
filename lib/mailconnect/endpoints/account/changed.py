"""The account page's sentence after a change: read from the address, and said only as far as it is true."""

from collections.abc import Mapping
from dataclasses import dataclass

from mailconnect.endpoints.account.connections import ShownConnection, scopes_of
from mailconnect.grants.sending import SEND, Choice, said
from mailconnect.oauth.scopes import Scope


@dataclass(frozen=True, slots=True)
class ChangedConnection:
    """Of the connection with this receipt number. `on` are allowed since, `off` no more. `sending`: how it may send
    now, where that was changed.
    """

    number: str
    on: tuple[Scope, ...]
    off: tuple[Scope, ...]
    sending: Choice | None = None


def changed_of(query: Mapping[str, str], connections: list[ShownConnection]) -> ChangedConnection | None:
    """Anybody can make such an address, so nothing is said that the connection itself does not bear out."""
    one = next((one for one in connections if one.number == query.get("changed")), None)
    if one is None:
        return None
    allowed = frozenset(one.grant.scope.split())
    taken = frozenset(scope.name for scope in one.off)
    on = frozenset(query.get("on", "").split()) & allowed
    off = frozenset(query.get("off", "").split()) & taken
    sending = said(one.grant) if query.get("sending") and SEND in allowed else None
    return ChangedConnection(one.number, scopes_of(on), scopes_of(off), sending) if on or off or sending else None
