"""Which mailboxes have a role, by account: so that a search that leaves junk and trash out is one request.

JMAP's filter names mailboxes by id, and a back-reference cannot stand inside a filter. Only ids, roles and parents are
kept, no names, in the memory of one process. They are never trusted: the same request asks for the mailboxes as they
are, and where the filter would be another one, the search is made again.
"""

from collections import OrderedDict
from collections.abc import Iterable

from mailconnect.encoding.discreet import Discreet
from mailconnect.mail.mailbox.mailbox import Mailbox

MAX_ACCOUNTS = 1000
MAX_PLACES = 100
"""Of one account; of one with more, nothing is kept."""


class Remembered(Discreet, frozen=True, gc=False):
    id: str
    role: str | None
    parent_id: str | None


class RememberedPlaces:
    def __init__(self) -> None:
        self._by_account: OrderedDict[str, tuple[Remembered, ...]] = OrderedDict()

    def of(self, account_id: str) -> tuple[Remembered, ...] | None:
        kept = self._by_account.get(account_id)
        if kept is None:
            return None
        self._by_account.move_to_end(account_id)
        return kept

    def keep(self, account_id: str, mailboxes: Iterable[Mailbox]) -> None:
        kept = _with_roles([*mailboxes])
        if len(kept) > MAX_PLACES:
            self._by_account.pop(account_id, None)
            return
        self._by_account[account_id] = kept
        self._by_account.move_to_end(account_id)
        if len(self._by_account) > MAX_ACCOUNTS:
            self._by_account.popitem(last=False)


def _with_roles(mailboxes: list[Mailbox]) -> tuple[Remembered, ...]:
    """Those with a role, and what lies inside junk and trash."""
    parents = {one.id: one.parent_id for one in mailboxes}
    wanted = {one.id for one in mailboxes if one.role}
    inside = {one.id for one in mailboxes if one.role in {"junk", "trash"}}
    for one in mailboxes:
        way: list[str] = []
        ident: str | None = one.id
        while ident is not None and ident not in inside and ident not in way:
            way.append(ident)
            ident = parents.get(ident)
        if ident in inside:
            inside.update(way)
    return tuple(
        Remembered(one.id, one.role, one.parent_id) for one in mailboxes if one.id in wanted or one.id in inside
    )
