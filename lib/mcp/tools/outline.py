"""Mailboxes as lines of text, for a model and for a person at a terminal alike."""

from collections.abc import Sequence

from lib.jmap.mailboxes import Branch, Totals
from lib.mcp.tools.printable import all_printable, printable

_DEEPEST = 12  # further down, the indentation stays: a line is for reading
_INDENTS = ["  " * depth for depth in range(_DEEPEST + 1)]
_TO_CHANGE = ("mayAddItems", "mayRemoveItems")


def outline(branches: Sequence[Branch], *, ids: bool, paths: bool = False) -> str:
    """One line each: indented by depth, or with the full path for branches that were picked from the tree."""
    if paths:
        labels = all_printable([branch.path for branch in branches], longest=1024)
    else:
        labels = all_printable([branch.mailbox.name for branch in branches])
    lines = []
    for (mailbox, _, depth), label in zip(branches, labels, strict=True):
        indent = "" if paths else _INDENTS[min(depth, _DEEPEST)]
        role = f" ({printable(mailbox.role)})" if mailbox.role else ""
        where = f" [mailboxId {mailbox.id}]" if ids else ""
        counts = f"{emails(mailbox.total_emails)}, {mailbox.unread_emails} unread"
        lines.append(f"{indent}{label}{role}: {counts}{_limits(mailbox.my_rights)}{where}")
    return "\n".join(lines)


def _limits(rights: frozenset[str]) -> str:
    if "mayReadItems" not in rights:
        return ", not readable"
    return ", read-only" if rights.isdisjoint(_TO_CHANGE) else ""


def summary(counted: Totals) -> str:
    noun = "mailbox" if counted.mailboxes == 1 else "mailboxes"
    return f"{counted.mailboxes} {noun}, {emails(counted.emails)}, {counted.unread_emails} unread"


def emails(number: int) -> str:
    return "1 email" if number == 1 else f"{number} emails"
