"""Mailboxes and the tree they form (RFC 8621 §2)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated

from msgspec import Meta, Raw, Struct
from msgspec.json import Decoder
from msgspec.structs import astuple, fields, replace

from mailconnect.encoding.discreet import Discreet
from mailconnect.jmap.document import Count, Id, Text, decode_as, visible
from mailconnect.jmap.request import Invocation
from mailconnect.mail.errors import UnexpectedAnswer

MOST_MAILBOXES = 20_000
LONGEST_PATH = 1024

_NULL = Raw(b"null")


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

    def denied(self) -> list[str]:
        """By JMAP's names."""
        return [name for name, held in zip(RIGHTS, astuple(self), strict=True) if not held]


RIGHTS = tuple(field.encode_name for field in fields(Rights))
ALL_RIGHTS = Rights(*[True] * len(RIGHTS))


class Mailbox(Discreet, frozen=True, gc=False, rename="camel"):
    """Of what a server says of one, the properties that are asked for."""

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


PROPERTIES = tuple(field.encode_name for field in fields(Mailbox))


class Branch(Discreet, frozen=True, gc=False):
    """A mailbox in its place: `path` joins the names from the root by "/", `depth` is 0 at the root.

    A path past 1,024 characters begins with an ellipsis: mailboxes nested 4,096 deep would otherwise fill gigabytes.
    """

    mailbox: Mailbox
    path: str
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


class _Listed(Discreet, frozen=True):
    list: Annotated[list[Mailbox], Meta(max_length=MOST_MAILBOXES)]


class Found(Discreet, frozen=True):
    """One page of ids. `limit` is the server's own, where it stops short of what is asked (RFC 8620 §5.5)."""

    ids: Annotated[list[Id], Meta(max_length=MOST_MAILBOXES)]
    limit: Raw = _NULL

    @property
    def is_whole(self) -> bool:
        return bytes(self.limit) == bytes(_NULL)


_LISTED = Decoder(_Listed)
_FOUND = Decoder(Found)


def parse_mailboxes(arguments: bytes | Raw) -> list[Mailbox]:
    """Of Mailbox/get's response, in the server's order. Raises UnexpectedAnswer."""
    listed = decode_as(_LISTED, arguments).list
    ids = [mailbox.id for mailbox in listed]
    if not visible([*ids, *[mailbox.parent_id for mailbox in listed if mailbox.parent_id]]):
        raise UnexpectedAnswer("a mailbox id is not an id")
    if len({*ids}) != len(ids):
        raise UnexpectedAnswer("two mailboxes have one id")
    return [_with_role_in_small_letters(mailbox) if mailbox.role else mailbox for mailbox in listed]


def parse_found(arguments: bytes | Raw) -> Found:
    """Of Mailbox/query's response. Raises UnexpectedAnswer."""
    found = decode_as(_FOUND, arguments)
    if not visible(found.ids):
        raise UnexpectedAnswer("a mailbox id is not an id")
    return found


def _with_role_in_small_letters(mailbox: Mailbox) -> Mailbox:
    role = (mailbox.role or "").lower()
    return mailbox if role == mailbox.role else replace(mailbox, role=role)


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
