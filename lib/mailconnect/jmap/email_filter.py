"""A query as the filter of Email/query (RFC 8621 §4.4.1).

The conditions of one FilterCondition are ANDed, so a query without OR and `-` is one flat object. Every server takes
that. What servers do with the rest was read in their sources:

| | Cyrus and Fastmail | Stalwart | James |
|---|---|---|---|
| words in one `text` | each anywhere | all in one field | all in one field |
| `inMailbox` inside an operator | yes | yes | only directly in the outermost AND, and only once |
| `header` | by a scan of the messages, List-Id by index | by index, unknown names match everything | by index |
| names of attachments | `attachmentName`, an extension | part of `text` | no |
| a property it does not know | invalidArguments | unsupportedFilter | invalidArguments |

Therefore each word has a condition of its own, the place stands in the first condition of the outermost AND, and
negations become a property (`notKeyword`, `hasAttachment: false`, `maxSize` for `minSize`) where there is one.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mailconnect.mail.query import tree
from mailconnect.mail.query.errors import QueryError
from mailconnect.mail.query.places import Places

Condition = dict[str, Any]

MOST_CONDITIONS = 500

_FIELDS: Mapping[type[tree.Node], str] = {
    tree.Text: "text",
    tree.Subject: "subject",
    tree.Body: "body",
    tree.From: "from",
    tree.To: "to",
    tree.Cc: "cc",
    tree.Bcc: "bcc",
}
_WITH = ("from", "to", "cc", "bcc")
_SPECIAL = re.compile(r"[\\\"']")
_ABOUT_FILENAMES = (
    "This mail server cannot search names of attachments: `filename:` was searched as text in emails with attachments."
)


@dataclass(frozen=True, slots=True, repr=False)
class EmailFilter:
    """`condition`: the filter, or None for every email.

    `left_out`: the roles whose mailboxes are left out, of those the account has. `uses`: what each part of the filter
    stands for in the query, the most rarely supported part first. `notes`: sentences for the response.
    """

    condition: Condition | None
    left_out: tuple[str, ...]
    uses: Mapping[str, str]
    notes: tuple[str, ...]

    def __repr__(self) -> str:
        return "EmailFilter(…)"

    def unsupported(self, described: str = "") -> str:
        """A sentence for a model, of a server that answered `unsupportedFilter` (or Cyrus' `invalidArguments`).

        `described` is the server's own description. It is only searched for names of properties, and not repeated.
        """
        named = [written for part, written in self.uses.items() if re.search(rf"\b{re.escape(part)}\b", described)]
        suspects = list(dict.fromkeys(named or self.uses.values()))
        if not suspects:
            return "The mail server refused the search (unsupportedFilter); search without a query, or in one mailbox."
        first, *others = suspects
        then = f"; if that does not help, leave out {', then '.join(others)} too" if others else ""
        return f"The mail server does not support this search (unsupportedFilter). Leave out {first}{then}."


def email_filter(
    query: tree.Query, places: Places, *, within: str | None = None, has_attachment_names: bool = False
) -> EmailFilter:
    """`within` is the id of the mailbox that is searched, if only one is: then nothing is left out.

    `has_attachment_names`: the request uses Cyrus' mail extension, which brings `attachmentName`. Raises QueryError
    for a mailbox that is not there, and for too many conditions.
    """
    writer = _Writer(places, has_attachment_names=has_attachment_names)
    left_out = () if within else tuple(role for role in query.left_out if places.with_role(role))
    parts = writer.parts(query.root)
    if within:
        parts.insert(0, {"inMailbox": within})
    elif left_out:
        parts.insert(0, {"inMailboxOtherThan": [ident for role in left_out for ident in places.below(role)]})
    condition = _all_of(parts)
    if writer.conditions > MOST_CONDITIONS:
        raise QueryError(f"The query makes {writer.conditions:,} conditions; the maximum is {MOST_CONDITIONS}.")
    return EmailFilter(condition, left_out, writer.uses_of(condition), writer.notes)


class _Nothing(Exception):  # noqa: N818 -- it never leaves this module
    """A part that matches no email."""


class _Writer:
    def __init__(self, places: Places, *, has_attachment_names: bool) -> None:
        self.places = places
        self.has_attachment_names = has_attachment_names
        self.conditions = 0
        self.used: dict[str, str] = {}
        self.notes: tuple[str, ...] = ()
