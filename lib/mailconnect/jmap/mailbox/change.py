"""Mailboxes made, renamed, moved and deleted (RFC 8621 §2.5).

Mailbox/set is sent without onDestroyRemoveEmails: the server refuses to delete a mailbox that is not empty, whatever
was put into it since we looked.
"""

from collections.abc import Callable, Mapping
from typing import Any

from mailconnect.jmap import objects
from mailconnect.jmap.access import MailboxAccess, ask
from mailconnect.jmap.capabilities import CORE, MAIL
from mailconnect.jmap.email.search import places_of
from mailconnect.jmap.errors import DONE_PERHAPS
from mailconnect.jmap.invocation import Invocation
from mailconnect.jmap.mailbox.mailboxes import all_mailboxes
from mailconnect.jmap.set_errors import SetError, set_errors
from mailconnect.mail.errors import MailboxError
from mailconnect.mail.mailbox.errors import (
    MailboxExists,
    MailboxHasChildren,
    MailboxNotAllowed,
    MailboxNotEmpty,
    MailboxRefused,
    MailboxUnknown,
    NameRefused,
    NoSuchMailbox,
    PlaceRefused,
)
from mailconnect.mail.mailbox.mailbox import Mailbox, Mailboxes
from mailconnect.mail.mailbox.tree import MailboxTree

_USING = (CORE, MAIL)
_NEW = "new"
_REASONS: Mapping[str, type[MailboxRefused]] = {
    "notFound": NoSuchMailbox,
    "forbidden": MailboxNotAllowed,
    "alreadyExists": MailboxExists,
    "mailboxHasEmail": MailboxNotEmpty,
    "mailboxHasChild": MailboxHasChildren,
}
_INVALID: Mapping[str, type[MailboxRefused]] = {"name": NameRefused, "parentId": PlaceRefused}


async def create_mailbox(access: MailboxAccess, account_id: str, name: str, parent: str | None) -> Mailbox:
    """The new mailbox. Two requests. Raises MailboxError, QueryError."""
    before = await _present(access, account_id)
    place = before.find(parent).id if parent is not None else None
    before.check_new(name, place)
    call = _set(account_id, create={_NEW: {"name": name, "parentId": place}})

    def made(now: MailboxTree) -> Mailbox | None:
        return now.named(name, place)

    fields = await _sent(access, account_id, call, made)
    if isinstance(fields, Mailbox):
        return fields
    created = fields.get("created")
    made_here = created.get(_NEW) if isinstance(created, dict) else None
    ident = made_here.get("id") if isinstance(made_here, dict) else None
    if not objects.an_id(ident):
        raise _reason(set_errors(fields.get("notCreated")).get(_NEW))
    return Mailbox(str(ident), name, 0, 0, 0, 0, before.rights_below(place), parent_id=place)


async def rename_mailbox(access: MailboxAccess, account_id: str, mailbox: str, name: str) -> tuple[Mailbox, Mailbox]:
    """As it was, and as it is. Raises MailboxError, QueryError."""
    before = await _present(access, account_id)
    one = before.find(mailbox)
    before.check_renamed(one, name)
    return one, await _updated(access, account_id, before, one, {"name": name})


async def move_mailbox(
    access: MailboxAccess, account_id: str, mailbox: str, parent: str | None
) -> tuple[Mailbox, Mailbox]:
    """As it was, and as it is. `parent` None is the top. Raises MailboxError, QueryError."""
    before = await _present(access, account_id)
    one = before.find(mailbox)
    place = before.find(parent).id if parent is not None else None
    before.check_moved(one, place)
    return one, await _updated(access, account_id, before, one, {"parentId": place})


async def delete_mailbox(access: MailboxAccess, account_id: str, mailbox: str) -> Mailbox:
    """The mailbox as it was. Raises MailboxError, QueryError."""
    before = await _present(access, account_id)
    one = before.find(mailbox)
    before.check_deleted(one)

    def gone(now: MailboxTree) -> Mailbox | None:
        return None if now.has(one.id) else one

    fields = await _sent(access, account_id, _set(account_id, destroy=[one.id]), gone)
    if isinstance(fields, Mailbox):
        return fields
    destroyed = fields.get("destroyed")
    if isinstance(destroyed, list) and one.id in destroyed:
        return one
    raise _reason(set_errors(fields.get("notDestroyed")).get(one.id))


async def _present(access: MailboxAccess, account_id: str) -> MailboxTree:
    return _tree(await all_mailboxes(access, account_id))


def _tree(found: Mailboxes) -> MailboxTree:
    return MailboxTree(found.mailboxes, places_of(found))


async def _updated(
    access: MailboxAccess, account_id: str, before: MailboxTree, one: Mailbox, change: Mapping[str, Any]
) -> Mailbox:
    wanted = before.changed(one, change)

    def is_so(now: MailboxTree) -> Mailbox | None:
        found = now.by_id(one.id)
        is_reached = found is not None and (found.name, found.parent_id) == (wanted.name, wanted.parent_id)
        return wanted if is_reached else None

    fields = await _sent(access, account_id, _set(account_id, update={one.id: change}), is_so)
    if isinstance(fields, Mailbox):
        return fields
    updated = fields.get("updated")
    if isinstance(updated, dict) and one.id in updated:
        return wanted
    raise _reason(set_errors(fields.get("notUpdated")).get(one.id))


def _set(account_id: str, **change: Any) -> Invocation:
    return Invocation("Mailbox/set", {"accountId": account_id, **change}, "set")


async def _sent(
    access: MailboxAccess, account_id: str, call: Invocation, reached: Callable[[MailboxTree], Mailbox | None]
) -> Mapping[str, Any] | Mailbox:
    """The response; where none came, the mailbox, if a look at all of them shows that the change was made.

    Raises MailboxUnknown where that cannot be seen either.
    """
    try:
        return await ask(access, _USING, call)
    except DONE_PERHAPS:
        try:
            found = reached(await _present(access, account_id))
        except MailboxError:
            found = None
        if found is None:
            raise MailboxUnknown("no response to Mailbox/set") from None
        return found


def _reason(error: SetError | None) -> MailboxRefused:
    """A name that is taken is invalidProperties with some servers, so it was looked for before."""
    if error is None:
        return MailboxUnknown("Mailbox/set does not say what became of it")
    if error.type == "invalidProperties":
        return next(
            (_INVALID[name](error.type) for name in ("parentId", "name") if name in error.properties), None
        ) or (MailboxRefused(error.type))
    return _REASONS.get(error.type, MailboxRefused)(error.type)
