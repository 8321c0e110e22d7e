"""Mailboxes and the tree they form (RFC 8621 §2)."""

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

from lib.jmap.document import column, counts, flags, identifiers, mappings, sequence, texts
from lib.jmap.errors import UnexpectedAnswer
from lib.jmap.request import Invocation

PROPERTIES = (
    "id",
    "name",
    "parentId",
    "role",
    "sortOrder",
    "totalEmails",
    "unreadEmails",
    "totalThreads",
    "unreadThreads",
    "myRights",
    "isSubscribed",
)

RIGHTS = (
    "mayReadItems",
    "mayAddItems",
    "mayRemoveItems",
    "maySetSeen",
    "maySetKeywords",
    "mayCreateChild",
    "mayRename",
    "mayDelete",
    "maySubmit",
)

MOST_MAILBOXES = 20_000
LONGEST_PATH = 1024


class Mailbox(NamedTuple):
    """A tuple, like Branch: one answer holds many, and a dataclass takes several times as long to make."""

    id: str
    name: str
    parent_id: str | None
    role: str | None
    sort_order: int
    total_emails: int
    unread_emails: int
    total_threads: int
    unread_threads: int
    my_rights: frozenset[str]
    is_subscribed: bool

    def __repr__(self) -> str:
        """Without what somebody named it."""
        return f"Mailbox({self.id!r})"


_MAILBOX_OF = partial(tuple.__new__, Mailbox)
"""As Mailbox._make, without its count of the fields."""


class Branch(NamedTuple):
    """A mailbox in its place: `path` joins the names from the root by "/", `depth` is 0 at the root.

    A path past 1,024 characters begins with an ellipsis: mailboxes nested 4,096 deep would otherwise fill gigabytes.
    """

    mailbox: Mailbox
    path: str
    depth: int

    def __repr__(self) -> str:
        return f"Branch({self.mailbox!r}, {self.depth})"


@dataclass(frozen=True, slots=True)
class Totals:
    """Summed over mailboxes: an email that is in two of them counts twice."""

    mailboxes: int
    emails: int
    unread_emails: int


def mailbox_get(account_id: str, *, ids: Sequence[str] | None = None, call_id: str = "0") -> Invocation:
    """Mailbox/get, of all unless `ids` says which (RFC 8621 §2.1). Names what it wants, for servers add properties of
    their own."""
    wanted = None if ids is None else [*ids]
    return Invocation("Mailbox/get", {"accountId": account_id, "ids": wanted, "properties": [*PROPERTIES]}, call_id)


def mailbox_query(account_id: str, position: int, *, call_id: str = "0") -> Invocation:
    """Mailbox/query for the ids of all mailboxes from a position on (RFC 8621 §2.3)."""
    return Invocation("Mailbox/query", {"accountId": account_id, "position": position}, call_id)


def parse_mailboxes(arguments: Mapping[str, Any]) -> tuple[Mailbox, ...]:
    """Of Mailbox/get's response, in the server's order. Raises UnexpectedAnswer."""
    listed = mappings(sequence(arguments.get("list"), "list", most=MOST_MAILBOXES), "a mailbox")
    ids = identifiers(column(listed, "id"), "a mailbox id")
    if len(set(ids)) != len(ids):
        raise UnexpectedAnswer("two mailboxes have one id")
    parents, roles = column(listed, "parentId"), column(listed, "role")
    identifiers([parent for parent in parents if parent is not None], "parentId")
    texts([role for role in roles if role is not None], "role", longest=64)
    columns = (
        ids,
        texts(column(listed, "name"), "a mailbox's name"),
        parents,
        [role if role is None else role.lower() for role in roles],
        counts(column(listed, "sortOrder", 0), "sortOrder"),
        counts(column(listed, "totalEmails"), "totalEmails"),
        counts(column(listed, "unreadEmails"), "unreadEmails"),
        counts(column(listed, "totalThreads"), "totalThreads"),
        counts(column(listed, "unreadThreads"), "unreadThreads"),
        _rights(mappings(column(listed, "myRights"), "myRights")),
        flags(column(listed, "isSubscribed", False), "isSubscribed"),
    )
    return tuple(map(_MAILBOX_OF, zip(*columns, strict=True)))


def _rights(listed: Sequence[Mapping[str, Any]]) -> list[frozenset[str]]:
    """Of each mailbox those that are held. Mostly one has the same as the one before it."""
    held: list[frozenset[str]] = []
    before: Mapping[str, Any] | None = None
    try:
        for rights in listed:
            if rights != before:
                each = flags([rights.get(right, False) for right in RIGHTS], "a right")
                before, same = rights, frozenset(itertools.compress(RIGHTS, each))
            held.append(same)
    except RecursionError:  # orjson reads deeper than Python compares
        raise UnexpectedAnswer("rights are nested too deep") from None
    return held


def tree(mailboxes: Iterable[Mailbox]) -> tuple[Branch, ...]:
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
    return tuple(branches)


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


def totals(mailboxes: Sequence[Mailbox]) -> Totals:
    return Totals(
        mailboxes=len(mailboxes),
        emails=sum([mailbox.total_emails for mailbox in mailboxes]),
        unread_emails=sum([mailbox.unread_emails for mailbox in mailboxes]),
    )
