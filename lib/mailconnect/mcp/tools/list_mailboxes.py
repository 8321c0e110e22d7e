"""list_mailboxes: the folders of the mailbox, with their counts (RFC 8621 §2)."""

import asyncio
import functools
import itertools
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from mailconnect.encoding.discreet import Discreet
from mailconnect.encoding.fast_json import encode
from mailconnect.mail.mailbox import LONGEST_PATH, Branch, Mailbox, denied, totals, tree
from mailconnect.mcp.tool import Arguments, Call, Tool, tool_result
from mailconnect.mcp.tools.outline import LONGEST_NAME, outline, shown, summary

SCOPE = "mailboxes:read"

MOST_LISTED = 1000  # some 300 KB; beyond that no model is served by more
MOST_BYTES = (
    2_000_000  # of an answer in JSON; as a string within Lambda's answer (6 MB) it may grow to three times that
)

_LONGEST_NORMALIZED = 255  # of a name that is asked for: composing a longer row of marks takes quadratic time

_OTHER_BYTES = 1000  # said of a mailbox besides its names: ids, role, counts, rights

_MOST_OF_ONE = _OTHER_BYTES + 12 * (LONGEST_PATH + LONGEST_NAME)

_TURN = 500  # mailboxes; then others have theirs, on one machine: the worst of names takes 0.2 ms

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
    found = await call.mail.mailboxes(arguments.accountId)
    branches = tree(await _shown(found.mailboxes))
    role, name = arguments.role or "", arguments.name or ""
    matching = await _matching(branches, role=role.strip().lower(), name=_folded(name))
    picked = bool(role or name)
    listed = _fitting(matching[:MOST_LISTED], picked=picked)
    omitted = len(matching) - len(listed)
    counted = totals([branch.mailbox for branch in matching])
    structure: dict[str, Any] = {
        "accountId": found.account_id,
        "mailboxes": _structures(listed),
        "omitted": omitted,
        "totals": {"mailboxes": counted.mailboxes, "emails": counted.emails, "unreadEmails": counted.unread_emails},
    }
    if matching:
        text = _text(listed, f"{summary(counted)} [accountId {found.account_id}]", picked=picked, omitted=omitted)
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
    if len(mailboxes) <= _TURN:
        return shown(mailboxes)
    seen: list[Mailbox] = []
    for start in range(0, len(mailboxes), _TURN):
        seen += shown(mailboxes[start : start + _TURN])
        await asyncio.sleep(0)
    return seen


async def _matching(branches: Sequence[Branch], *, role: str, name: str) -> list[Branch]:
    """`role` and `name` are folded; an empty one lets all pass."""
    if not role and not name:
        return [*branches]
    matching = []
    paths = _folded_paths(branches) if name else itertools.repeat("")
    for number, (branch, path) in enumerate(zip(branches, paths, strict=False), start=1):
        if name in path and (not role or branch.mailbox.role == role):
            matching.append(branch)
        if number % _TURN == 0:
            await asyncio.sleep(0)
    return matching


def _folded_paths(branches: Iterable[Branch]) -> Iterator[str]:
    """Of a whole tree, each made of its parent's: nothing is composed with the "/" before it."""
    folded = functools.cache(_folded)
    above: list[str] = []
    for branch in branches:
        name = folded(branch.mailbox.name)
        path = f"{above[branch.depth - 1]}/{name}" if branch.depth else name
        if len(path) > LONGEST_PATH:
            path = name
        above[branch.depth :] = [path]
        yield path


def _folded(text: str) -> str:
    """Names come composed or decomposed, by whichever program made the mailbox."""
    if len(text) > _LONGEST_NORMALIZED:
        return text.casefold()
    return unicodedata.normalize("NFKC", text).casefold()


def _fitting(branches: list[Branch], *, picked: bool) -> list[Branch]:
    """The first of them, as many as MOST_BYTES hold in structure and text together."""
    left = MOST_BYTES
    # Mostly all of them, even if each character took six bytes and stood in both.
    if len(branches) * _MOST_OF_ONE <= left or sum(map(_at_most, branches)) <= left:
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
    denies = {rights: denied(rights) for rights in {branch.mailbox.my_rights for branch in branches}}
    return [_structure(branch, denies[branch.mailbox.my_rights]) for branch in branches]


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
