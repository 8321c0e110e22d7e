"""Mailboxes as lines of text, for a model and for a person at a terminal alike."""

from collections.abc import Sequence

from mailconnect.mail.mailbox import ALL_RIGHTS, Branch, Rights, Totals
from mailconnect.render.characters import all_one_line, one_line

_DEEPEST = 12  # further down, the indentation stays: a line is for reading
_INDENTS = ["  " * depth for depth in range(_DEEPEST + 1)]


def outline(branches: Sequence[Branch], *, ids: bool, paths: bool = False) -> str:
    """One line each: indented by depth, or with the full path for branches that were picked from the tree."""
    if paths:
        labels = all_one_line([branch.path for branch in branches], longest=1024)
    else:
        labels = all_one_line([branch.mailbox.name for branch in branches])
    lines = []
    for branch, label in zip(branches, labels, strict=True):
        mailbox = branch.mailbox
        indent = "" if paths else _INDENTS[min(branch.depth, _DEEPEST)]
        role = f" ({one_line(mailbox.role)})" if mailbox.role else ""
        where = f" [mailboxId {mailbox.id}]" if ids else ""
        limits = "" if mailbox.my_rights == ALL_RIGHTS else _limits(mailbox.my_rights)
        lines.append(
            f"{indent}{label}{role}: {emails(mailbox.total_emails)}, {mailbox.unread_emails} unread{limits}{where}"
        )
    return "\n".join(lines)


def _limits(rights: Rights) -> str:
    if not rights.may_read_items:
        return ", not readable"
    return "" if rights.may_add_items or rights.may_remove_items else ", read-only"


def summary(counted: Totals) -> str:
    noun = "mailbox" if counted.mailboxes == 1 else "mailboxes"
    return f"{counted.mailboxes} {noun}, {emails(counted.emails)}, {counted.unread_emails} unread"


def emails(number: int) -> str:
    return "1 email" if number == 1 else f"{number} emails"
