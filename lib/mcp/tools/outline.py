"""Mailboxes as lines of text, for a model and for a person at a terminal alike."""

from collections.abc import Iterable, Iterator

from lib.jmap.mailboxes import Branch, Totals
from lib.mcp.tools.printable import printable

_DEEPEST = 12  # further down, the indentation stays: a line is for reading
_INDENTS = ["  " * depth for depth in range(_DEEPEST + 1)]
_TO_CHANGE = ("mayAddItems", "mayRemoveItems")


def outline(branches: Iterable[Branch], *, ids: bool, paths: bool = False) -> str:
    """One line each: indented by depth, or with the full path for branches that were picked from the tree."""
    return "\n".join(_lines(branches, ids=ids, paths=paths))


def _lines(branches: Iterable[Branch], *, ids: bool, paths: bool) -> Iterator[str]:
    for mailbox, path, depth in branches:
        label = printable(path, longest=1024) if paths else _INDENTS[min(depth, _DEEPEST)] + printable(mailbox.name)
        role = f" ({printable(mailbox.role)})" if mailbox.role else ""
        where = f" [mailboxId {mailbox.id}]" if ids else ""
        limits = _limits(mailbox.my_rights)
        yield f"{label}{role}: {emails(mailbox.total_emails)}, {mailbox.unread_emails} unread{limits}{where}"


def _limits(rights: frozenset[str]) -> str:
    if "mayReadItems" not in rights:
        return ", not readable"
    return ", read-only" if rights.isdisjoint(_TO_CHANGE) else ""


def summary(counted: Totals) -> str:
    noun = "mailbox" if counted.mailboxes == 1 else "mailboxes"
    return f"{counted.mailboxes} {noun}, {emails(counted.emails)}, {counted.unread_emails} unread"


def emails(number: int) -> str:
    return "1 email" if number == 1 else f"{number} emails"
