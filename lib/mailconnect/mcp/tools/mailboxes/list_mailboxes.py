"""list_mailboxes: the folders of the mailbox, with their counts (RFC 8621 §2)."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec.structs import astuple, replace

from mailconnect.encoding.discreet import Discreet
from mailconnect.encoding.fast_json import encode
from mailconnect.mail.mailbox.mailbox import ALL_RIGHTS, LONGEST_PATH, RIGHTS, Branch, Mailbox, Rights, tree
from mailconnect.mcp.message import tool_result
from mailconnect.mcp.tool import Arguments, Call, Tool
from mailconnect.mcp.tools.mailboxes.selection import TURN, matching
from mailconnect.render.characters import all_one_line

SCOPE = "mailboxes:read"

MAX_LISTED = 1000  # some 300 KB; beyond that no model is served by more
MAX_BYTES = (
    2_000_000  # of a response in JSON; as a string within Lambda's response (6 MB) it may grow to three times that
)

LONGEST_NAME = 255  # characters that are shown of a name
_DEEPEST = 12  # further down, the indentation stays: a line is for reading
_INDENTS = ["  " * depth for depth in range(_DEEPEST + 1)]

_OTHER_BYTES = 1000  # said of a mailbox besides its names: ids, role, counts, rights

_MAX_OF_ONE = _OTHER_BYTES + 12 * (LONGEST_PATH + LONGEST_NAME)

_COUNT = {"type": "integer", "minimum": 0}
_MAILBOX = {
    "type": "object",
    "properties": {
        "mailboxId": {"type": "string"},
        "name": {"type": "string"},
        "path": {"type": "string"},
        "role": {"type": "string"},
        "parentMailboxId": {"type": "string"},
        "totalEmails": _COUNT,
        "unreadEmails": _COUNT,
        "totalThreads": _COUNT,
        "unreadThreads": _COUNT,
        "isSubscribed": {"type": "boolean"},
        "deniedRights": {
            "type": "array",
            "items": {"type": "string"},
            "description": "What the provider forbids here.",
        },
    },
    "required": [
        "mailboxId",
        "name",
        "path",
        "totalEmails",
        "unreadEmails",
        "totalThreads",
        "unreadThreads",
        "isSubscribed",
    ],
}
_OUTPUT = {
    "type": "object",
    "properties": {
        "accountId": {"type": "string"},
        "mailboxes": {
            "type": "array",
            "items": _MAILBOX,
        },
        "omitted": {**_COUNT, "description": "How many more match."},
        "unreadable": _COUNT,
        "mayBeIncomplete": {"type": "boolean"},
        "totals": {
            "type": "object",
            "properties": {"mailboxes": _COUNT, "emails": _COUNT, "unreadEmails": _COUNT},
            "required": ["mailboxes", "emails", "unreadEmails"],
            "description": "Of all that match.",
        },
    },
    "required": ["accountId", "mailboxes", "omitted", "totals"],
}


def _arguments() -> type[Arguments]:
    from mailconnect.mcp.arguments.list_mailboxes import ListMailboxes  # noqa: PLC0415 -- brings pydantic

    return ListMailboxes


async def _run(call: Call, arguments: Any) -> Mapping[str, Any]:
    found = await call.context.mail.mailboxes(arguments.accountId)
    branches = tree(await _shown(found.mailboxes))
    picked = bool(arguments.role or arguments.name)
    if picked:
        branches = await matching(branches, role=arguments.role or "", name=arguments.name or "")
    listed = _fitting(branches[:MAX_LISTED], picked=picked)
    omitted = len(branches) - len(listed)
    totals = _totals(branches)
    structure: dict[str, Any] = {
        "accountId": found.account_id,
        "mailboxes": _structures(listed),
        "omitted": omitted,
        "totals": totals,
    }
    if branches:
        text = _text(listed, f"{_summary(totals)} [accountId {found.account_id}]", picked=picked, omitted=omitted)
    elif picked:
        text = "No mailbox matches. Call list_mailboxes without arguments to see them all."
    else:
        text = f"The account has no mailboxes [accountId {found.account_id}]"
    if found.unreadable:
        structure["unreadable"] = found.unreadable
        text += f"\n{_unreadable(found.unreadable)}"
    if found.may_be_incomplete:
        structure["mayBeIncomplete"] = True
        text += (
            "\nThe list may be incomplete: the mail server gives no more at once, and does not say if there are more."
        )
    return tool_result(text, structure)


def _unreadable(number: int) -> str:
    return f"{'1 mailbox' if number == 1 else f'{number} mailboxes'} could not be read."


async def _shown(mailboxes: Sequence[Mailbox]) -> Sequence[Mailbox]:
    if len(mailboxes) <= TURN:
        return shown(mailboxes)
    seen: list[Mailbox] = []
    for start in range(0, len(mailboxes), TURN):
        seen += shown(mailboxes[start : start + TURN])
        await asyncio.sleep(0)
    return seen


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


def _fitting(branches: list[Branch], *, picked: bool) -> list[Branch]:
    """The first of them, as many as MAX_BYTES hold in structure and text together."""
    left = MAX_BYTES
    # Mostly all of them, even if each character took six bytes and stood in both.
    if len(branches) * _MAX_OF_ONE <= left or sum(map(_at_most, branches)) <= left:
        return branches
    for number, branch in enumerate(branches):
        left -= len(encode([_structures([branch]), outline([branch], ids=True, paths=picked)]))
        if left < 0:
            return branches[:number]
    return branches


def _at_most(branch: Branch) -> int:
    return _OTHER_BYTES + 12 * (len(branch.path) + len(branch.mailbox.name))


class _Structure(Discreet, frozen=True, omit_defaults=True, gc=False, rename="camel"):
    """As _MAILBOX has it."""

    mailbox_id: str
    name: str
    path: str
    total_emails: int
    unread_emails: int
    total_threads: int
    unread_threads: int
    is_subscribed: bool
    role: str | None = None
    parent_mailbox_id: str | None = None
    denied_rights: Sequence[str] | None = None


def _structures(branches: Sequence[Branch]) -> list[_Structure]:
    """Most mailboxes have the rights of their neighbours: what a set of rights denies is told once."""
    denies = {rights: _denied(rights) for rights in {branch.mailbox.my_rights for branch in branches}}
    return [_structure(branch, denies[branch.mailbox.my_rights]) for branch in branches]


def _denied(rights: Rights) -> list[str]:
    """By JMAP's names."""
    return [name for name, held in zip(RIGHTS, astuple(rights), strict=True) if not held]


def _structure(branch: Branch, denied_rights: Sequence[str]) -> _Structure:
    mailbox = branch.mailbox
    return _Structure(
        mailbox.id,
        mailbox.name,
        branch.path,
        mailbox.total_emails,
        mailbox.unread_emails,
        mailbox.total_threads,
        mailbox.unread_threads,
        mailbox.is_subscribed,
        mailbox.role,
        mailbox.parent_id,
        denied_rights or None,
    )


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


def _totals(branches: Sequence[Branch]) -> dict[str, int]:
    """Summed over mailboxes: an email that is in two of them counts twice."""
    return {
        "mailboxes": len(branches),
        "emails": sum([branch.mailbox.total_emails for branch in branches]),
        "unreadEmails": sum([branch.mailbox.unread_emails for branch in branches]),
    }


def _summary(totals: Mapping[str, int]) -> str:
    noun = "mailbox" if totals["mailboxes"] == 1 else "mailboxes"
    return f"{totals['mailboxes']} {noun}, {emails(totals['emails'])}, {totals['unreadEmails']} unread"


def emails(number: int) -> str:
    return "1 email" if number == 1 else f"{number} emails"


def _text(listed: Sequence[Branch], heading: str, *, picked: bool, omitted: int) -> str:
    lines = [heading, outline(listed, ids=True, paths=picked)]
    if omitted:
        lines.append(f"{omitted} more are not listed. Narrow the list with name or role.")
    return "\n".join(lines)


LIST_MAILBOXES = Tool(
    name="list_mailboxes",
    title="Mailboxes",
    description=(
        "Lists the mailboxes (folders, labels) of the connected email account as a tree, with role, counts of emails "
        "and threads, and unread counts as of now. Use it to answer how many unread emails there are, where they are, "
        "or which folders exist, and to find a mailboxId. Without arguments it lists all. It does not show emails."
    ),
    arguments=_arguments,
    output_schema=_OUTPUT,
    scopes=(SCOPE,),
    run=_run,
)
