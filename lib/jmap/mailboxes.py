"""Mailboxes and the tree they form (RFC 8621 §2)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lib.jmap.document import count, flag, identifier, mapping, sequence, text
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


@dataclass(frozen=True, slots=True)
class Mailbox:
    id: str
    name: str = field(repr=False)
    parent_id: str | None
    role: str | None
    sort_order: int
    total_emails: int
    unread_emails: int
    total_threads: int
    unread_threads: int
    my_rights: frozenset[str]
    is_subscribed: bool


@dataclass(frozen=True, slots=True)
class Branch:
    """A mailbox in its place: `path` joins the names from the root by "/", `depth` is 0 at the root.

    A path past 1,024 characters begins with an ellipsis: mailboxes nested 4,096 deep would otherwise fill gigabytes.
    """

    mailbox: Mailbox
    path: str = field(repr=False)
    depth: int


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
    listed = sequence(arguments.get("list"), "list", most=MOST_MAILBOXES)
    mailboxes = {mailbox.id: mailbox for mailbox in map(_mailbox, listed)}
    if len(mailboxes) != len(listed):
        raise UnexpectedAnswer("two mailboxes have one id")
    return tuple(mailboxes.values())


def _mailbox(value: Any) -> Mailbox:
    fields = mapping(value, "a mailbox")
    parent_id, role = fields.get("parentId"), fields.get("role")
    rights = mapping(fields.get("myRights"), "myRights")
    held = [right for right in RIGHTS if (value := rights.get(right, False)) is True or flag(value, right)]
    return Mailbox(
        id=identifier(fields.get("id"), "a mailbox id"),
        name=text(fields.get("name"), "a mailbox's name"),
        parent_id=None if parent_id is None else identifier(parent_id, "parentId"),
        role=None if role is None else text(role, "role", longest=64).lower(),
        sort_order=count(fields.get("sortOrder", 0), "sortOrder"),
        total_emails=count(fields.get("totalEmails"), "totalEmails"),
        unread_emails=count(fields.get("unreadEmails"), "unreadEmails"),
        total_threads=count(fields.get("totalThreads"), "totalThreads"),
        unread_threads=count(fields.get("unreadThreads"), "unreadThreads"),
        my_rights=frozenset(held),
        is_subscribed=flag(fields.get("isSubscribed", False), "isSubscribed"),
    )


def tree(mailboxes: Iterable[Mailbox]) -> tuple[Branch, ...]:
    """Every mailbox once, parents before children, siblings by sortOrder and then name.

    A mailbox whose parent is missing stands at the root; so does the first one of a ring of parents.
    """
    ordered = sorted(mailboxes, key=lambda mailbox: (mailbox.sort_order, mailbox.name.casefold(), mailbox.id))
    known = {mailbox.id for mailbox in ordered}
    children: dict[str, list[Mailbox]] = {}
    roots = []
    for mailbox in ordered:
        if mailbox.parent_id is None or mailbox.parent_id not in known:
            roots.append(mailbox)
        else:
            children.setdefault(mailbox.parent_id, []).append(mailbox)
    seen: set[str] = set()
    branches: list[Branch] = []
    for root in roots:
        branches.extend(_descend(root, children, seen))
    if len(seen) < len(ordered):
        for one in ordered:  # finds only rings: nothing else is left unseen
            branches.extend(_descend(one, children, seen))
    return tuple(branches)


def _descend(root: Mailbox, children: Mapping[str, list[Mailbox]], seen: set[str]) -> Iterator[Branch]:
    waiting = [(root, "", 0)]
    while waiting:
        mailbox, above, depth = waiting.pop()
        if mailbox.id in seen:
            continue
        seen.add(mailbox.id)
        path = f"{above}/{mailbox.name}" if depth else mailbox.name
        if len(path) > LONGEST_PATH:
            path = f"…/{mailbox.name}"
        yield Branch(mailbox, path, depth)
        waiting.extend((child, path, depth + 1) for child in reversed(children.get(mailbox.id, ())))


def totals(mailboxes: Iterable[Mailbox]) -> Totals:
    counted = tuple(mailboxes)
    return Totals(
        mailboxes=len(counted),
        emails=sum(mailbox.total_emails for mailbox in counted),
        unread_emails=sum(mailbox.unread_emails for mailbox in counted),
    )
