"""The mailboxes of an account, and what may be changed of them: pure.

Mailboxes with a role stay as they are, since programs find them by it. Nothing is put below a mailbox that the provider
empties: what lies in trash and junk is deleted after the provider's own time.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from mailconnect.mail.mailbox.errors import (
    MailboxExists,
    MailboxHasChildren,
    MailboxNotAllowed,
    MailboxNotEmpty,
    MailboxProtected,
    NameRefused,
    NoSuchMailbox,
    PlaceRefused,
)
from mailconnect.mail.mailbox.mailbox import ALL_RIGHTS, Mailbox, Rights
from mailconnect.mail.query.places import Places

LONGEST_NAME = 255
_CLOSED = frozenset({"junk", "trash", "drafts", "sent", "scheduled", "snoozed", "memos", "templates"})


class MailboxTree:
    def __init__(self, mailboxes: Sequence[Mailbox], places: Places) -> None:
        self._by_id = {one.id: one for one in mailboxes}
        self._places = places

    def find(self, named: str) -> Mailbox:
        """By role, id, path or name. Raises QueryError, NoSuchMailbox."""
        found = self._by_id.get(self._places.find(named).id)
        if found is None:
            raise NoSuchMailbox("not among the mailboxes")
        return found

    def has(self, ident: str) -> bool:
        return ident in self._by_id

    def by_id(self, ident: str) -> Mailbox | None:
        return self._by_id.get(ident)

    def named(self, name: str, parent: str | None) -> Mailbox | None:
        """The one with this name at this place, whatever the case of its letters."""
        at_place = (one for one in self._by_id.values() if one.parent_id == parent)
        return next((one for one in at_place if one.name.casefold() == name.casefold()), None)

    def rights_below(self, parent: str | None) -> Rights:
        return self._by_id[parent].my_rights if parent is not None else ALL_RIGHTS

    def changed(self, one: Mailbox, change: Mapping[str, Any]) -> Mailbox:
        """`change` is in JMAP's words: name, parentId."""
        return replace(one, name=change.get("name", one.name), parent_id=change.get("parentId", one.parent_id))

    def check_new(self, name: str, parent: str | None) -> None:
        """Raises MailboxRefused."""
        self._check_name(name)
        self._check_place(parent)
        if self.named(name, parent) is not None:
            raise MailboxExists("the name is taken")

    def check_renamed(self, one: Mailbox, name: str) -> None:
        """Raises MailboxRefused. Another case of the same letters is another name."""
        self._check_name(name)
        _check_ordinary(one)
        other = self.named(name, one.parent_id)
        if other is not None and (other.id != one.id or other.name == name):
            raise MailboxExists("the name is taken")

    def check_moved(self, one: Mailbox, parent: str | None) -> None:
        """Raises MailboxRefused."""
        _check_ordinary(one)
        self._check_place(parent)
        if any(each.id == one.id for each in self._upwards(parent)):
            raise PlaceRefused("inside itself")
        if self.named(one.name, parent) is not None:
            raise MailboxExists("the name is taken there")

    def check_deleted(self, one: Mailbox) -> None:
        """Raises MailboxRefused."""
        _check_ordinary(one, deleted=True)
        if one.total_emails:
            raise MailboxNotEmpty("it has emails")
        if any(each.parent_id == one.id for each in self._by_id.values()):
            raise MailboxHasChildren("it has mailboxes")

    def _check_name(self, name: str) -> None:
        if not 1 <= len(name) <= LONGEST_NAME or "/" in name or name != name.strip() or not _is_visible(name):
            raise NameRefused("no name")

    def _check_place(self, parent: str | None) -> None:
        above = self._upwards(parent)
        if any(one.role in _CLOSED for one in above):
            raise PlaceRefused("below a mailbox that the provider empties or fills")
        if above and not above[0].my_rights.may_create_child:
            raise MailboxNotAllowed("mayCreateChild")

    def _upwards(self, ident: str | None) -> Sequence[Mailbox]:
        """The mailbox and those above it; a ring of parents ends where it began."""
        above: list[Mailbox] = []
        while ident is not None and (one := self._by_id.get(ident)) is not None and one not in above:
            above.append(one)
            ident = one.parent_id
        return above


def _is_visible(name: str) -> bool:
    return all(one.isprintable() or one == "\u200d" for one in name)  # the joiner stands inside emoji


def _check_ordinary(one: Mailbox, *, deleted: bool = False) -> None:
    if one.role:
        raise MailboxProtected("it has a role")
    if not (one.my_rights.may_delete if deleted else one.my_rights.may_rename):
        raise MailboxNotAllowed("mayDelete" if deleted else "mayRename")
