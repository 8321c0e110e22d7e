"""Mailboxes as lines of text, for a model and for a person at a terminal alike."""

from collections.abc import Iterable, Iterator

from lib.jmap.mailboxes import Branch, Mailbox, Totals
from lib.mcp.tools.printable import printable

_DEEPEST = 12  # further down, the indentation stays: a line is for reading


def outline(branches: Iterable[Branch], *, ids: bool, paths: bool = False) -> str:
    """One line each: indented by depth, or with the full path for branches that were picked from the tree."""
    return "\n".join(_lines(branches, ids=ids, paths=paths))


def _lines(branches: Iterable[Branch], *, ids: bool, paths: bool) -> Iterator[str]:
    for branch in branches:
        mailbox = branch.mailbox
        label = printable(branch.path, longest=1024) if paths else printable(mailbox.name)
        indent = "" if paths else "  " * min(branch.depth, _DEEPEST)
        role = f" ({printable(mailbox.role)})" if mailbox.role else ""
        where = f" [mailboxId {mailbox.id}]" if ids else ""
        counts = f"{emails(mailbox.total_emails)}, {mailbox.unread_emails} unread"
        yield f"{indent}{label}{role}: {counts}{_limits(mailbox)}{where}"


def _limits(mailbox: Mailbox) -> str:
    if "mayReadItems" not in mailbox.my_rights:
        return ", not readable"
    return "" if mailbox.my_rights & {"mayAddItems", "mayRemoveItems"} else ", read-only"


def summary(counted: Totals) -> str:
    noun = "mailbox" if counted.mailboxes == 1 else "mailboxes"
    return f"{counted.mailboxes} {noun}, {emails(counted.emails)}, {counted.unread_emails} unread"


def emails(number: int) -> str:
    return "1 email" if number == 1 else f"{number} emails"
