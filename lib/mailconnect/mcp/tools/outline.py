"""Mailboxes as lines of text."""

from collections.abc import Sequence

from msgspec.structs import replace

from mailconnect.mail.mailbox import ALL_RIGHTS, Branch, Mailbox, Rights, Totals
from mailconnect.render.characters import all_one_line

LONGEST_NAME = 255  # characters that are shown of a name
_DEEPEST = 12  # further down, the indentation stays: a line is for reading
_INDENTS = ["  " * depth for depth in range(_DEEPEST + 1)]


def shown(mailboxes: Sequence[Mailbox]) -> Sequence[Mailbox]:
    """With names and roles in which others can hide nothing (mailconnect.render.characters).

    Each is looked at once, before paths are made of them: of 1,000 hostile names of 1,024 characters, all names and all
    paths would take a second.
    """
    written = [mailbox.name for mailbox in mailboxes]
    roles = [mailbox.role or "" for mailbox in mailboxes]
    names, kinds = all_one_line(written, longest=LONGEST_NAME), all_one_line(roles)
    if names is written and kinds is roles:
        return mailboxes
    return [
        replace(mailbox, name=name, role=role or None)
        for mailbox, name, role in zip(mailboxes, names, kinds, strict=True)
    ]


def outline(branches: Sequence[Branch], *, ids: bool, paths: bool = False) -> str:
    """One line each, of mailboxes as `shown` gives them: indented by depth, or with the full path for branches that
    were picked from the tree.
    """
    lines = []
    for branch in branches:
        mailbox = branch.mailbox
        label = branch.path if paths else _INDENTS[min(branch.depth, _DEEPEST)] + mailbox.name
        role = f" ({mailbox.role})" if mailbox.role else ""
        where = f" [mailboxId {mailbox.id}]" if ids else ""
        limits = "" if mailbox.my_rights == ALL_RIGHTS else _limits(mailbox.my_rights)
        lines.append(f"{label}{role}: {emails(mailbox.total_emails)}, {mailbox.unread_emails} unread{limits}{where}")
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
