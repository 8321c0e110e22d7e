"""Mailboxes and the tree they form.

The fields of Mailbox and Rights are JMAP's (RFC 8621 §2), so that `jmap` reads the provider's bytes into them without a
copy (decision 0019).
"""

from collections.abc import Iterable, Sequence
from typing import Annotated

from msgspec import Meta, Struct
from msgspec.structs import fields

from mailconnect.encoding.discreet import Discreet
from mailconnect.mail.bounds import Count, Id, Text

LONGEST_PATH = 1024


class Rights(Struct, frozen=True, gc=False, rename="camel"):
    may_read_items: bool = False
    may_add_items: bool = False
    may_remove_items: bool = False
    may_set_seen: bool = False
    may_set_keywords: bool = False
    may_create_child: bool = False
    may_rename: bool = False
    may_delete: bool = False
    may_submit: bool = False


RIGHTS = tuple(field.encode_name for field in fields(Rights))
ALL_RIGHTS = Rights(*[True] * len(RIGHTS))


class Mailbox(Discreet, frozen=True, gc=False, rename="camel"):
    """A folder or label. Its counts are the provider's own."""

    id: Id
    name: Text
    total_emails: Count
    unread_emails: Count
    total_threads: Count
    unread_threads: Count
    my_rights: Rights
    parent_id: Id | None = None
    role: Annotated[str, Meta(max_length=64)] | None = None
    sort_order: Count = 0
    is_subscribed: bool = False


class Mailboxes(Discreet, frozen=True):
    """All mailboxes of one account. `unreadable` counts those that could not be understood.

    `may_be_incomplete`: the provider gave as many as it gives at once, and did not tell whether there are more.
    """

    account_id: str
    mailboxes: Sequence[Mailbox]
    unreadable: int = 0
    may_be_incomplete: bool = False


class Branch(Discreet, frozen=True, gc=False):
    """A mailbox in its place: `path` joins the names from the root by "/", `depth` is 0 at the root.

    A path past 1,024 characters begins with an ellipsis: mailboxes nested 4,096 deep would otherwise fill gigabytes.
    """

    mailbox: Mailbox
    path: str
    depth: int


def tree(mailboxes: Iterable[Mailbox]) -> list[Branch]:
    """Every mailbox once, parents before children, siblings by sortOrder and then name.

    A mailbox whose parent is missing stands at the root; so does the first one of a ring of parents.
    """
    ordered = sorted(mailboxes, key=lambda mailbox: (mailbox.sort_order, mailbox.name.casefold(), mailbox.id))
    roots: list[Mailbox] = []
    children: dict[str | None, list[Mailbox]] = {mailbox.id: [] for mailbox in ordered}
    for mailbox in ordered:
        children.get(mailbox.parent_id, roots).append(mailbox)
    branches: list[Branch] = []
    _descend(roots, children, branches)
    if len(branches) < len(ordered):
        for one in ordered:  # finds only rings: nothing else is left unseen
            _descend([one], children, branches)
    return branches


def _descend(roots: Sequence[Mailbox], children: dict[str | None, list[Mailbox]], branches: list[Branch]) -> None:
    """Takes the children out as it goes, so that nothing is met twice."""
    levels = [(iter(roots), "")]
    while levels:
        siblings, above = levels[-1]
        for mailbox in siblings:
            below = children.pop(mailbox.id, None)
            if below is None:
                continue
            path = above + mailbox.name
            if len(path) > LONGEST_PATH:
                path = f"…/{mailbox.name}"
            branches.append(Branch(mailbox, path, len(levels) - 1))
            if below:
                levels.append((iter(below), f"{path}/"))
                break
        else:
            levels.pop()
