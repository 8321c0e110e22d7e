"""A query as the filter of Email/query (RFC 8621 §4.4.1).

The conditions of one FilterCondition are ANDed, so a query without OR and `-` is one flat object, or a few in one AND.
What servers do with the rest was read in their sources:

| | Cyrus (3.6, tried) | Stalwart | James |
|---|---|---|---|
| the words of one `text` | all in one field | all in one field | all in one field |
| `inMailbox` inside an operator | yes | yes | once, directly in the outermost AND |
| `header` | reads the messages' headers, no index | index | index |
| names of attachments | `attachmentName`, an extension | no property | no property |
| `...InThreadHaveKeyword` | yes | yes | unsupportedFilter |
| a property it does not know | invalidArguments | unsupportedFilter | invalidArguments |
| ORs inside an AND | multiplied out, "search too complex" past some 200 conditions | yes | yes |
| a name of three Han signs in `from` | not found, its pairs of signs are | one word | one word |

Therefore each word has a condition of its own, the place stands in the first condition of the outermost AND, nothing
asks for a thread's keywords, negations become a property (`notKeyword`, `hasAttachment: false`, `maxSize` for
`minSize`) where there is one, and names in Han signs, kana or hangul are searched as a word or by their pairs.

JMAP has no property for the name of an attachment: `header` sees only the message's own header fields. Without the
extension, `filename:` becomes `hasAttachment` and `text`, and a note says so.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mailconnect.jmap.email.conditions import Condition, all_of, any_of, bounded, or_ed
from mailconnect.mail.query import tree
from mailconnect.mail.query.places import Places

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
_STOP_WORDS = frozenset({"or", "and", "not"})
_UNSPACED = re.compile(
    "[\u3005\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]{3,}"
)
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
        if "OR" in self.uses and "complex" in described.lower():
            return (
                "The mail server finds this search too complex (unsupportedFilter): ORs beside each other multiply. "
                "Use fewer, and `from:` or `to:` instead of `with:`."
            )
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
    for a mailbox that is not there, and for too many conditions or alternatives.
    """
    writer = _Writer(places, has_attachment_names=has_attachment_names)
    left_out = () if within else tuple(role for role in query.left_out if places.with_role(role))
    parts = writer.conjuncts(query.root)
    if within:
        parts.insert(0, {"inMailbox": within})
    elif left_out:
        parts.insert(0, {"inMailboxOtherThan": [ident for role in left_out for ident in places.below(role)]})
    condition = all_of(parts)
    if condition is not None:
        bounded(condition)
    return EmailFilter(condition, left_out, writer.uses(), writer.notes)


_ORDER: Sequence[str] = (
    "attachmentName",
    "header",
    "nested inMailbox",
    "NOT",
    "OR",
    "bcc",
    "cc",
    "body",
    "notKeyword",
    "hasKeyword",
    "minSize",
    "maxSize",
    "hasAttachment",
    "text",
    "subject",
    "to",
    "from",
    "after",
    "before",
)
"""Parts of a filter, the most rarely supported first."""


class _Writer:
    def __init__(self, places: Places, *, has_attachment_names: bool) -> None:
        self.places = places
        self.has_attachment_names = has_attachment_names
        self.used: dict[str, str] = {}
        self.notes: tuple[str, ...] = ()

    def uses(self) -> dict[str, str]:
        return {part: self.used[part] for part in _ORDER if part in self.used}

    def conjuncts(self, node: tree.Node) -> list[Condition]:
        """The conditions that must all hold; none for one that always holds."""
        terms = node.terms if isinstance(node, tree.And) else (node,)
        wanted = [
            self.written(term) for term in terms if not tree.matches_everything(term) and not isinstance(term, tree.Not)
        ]
        return wanted + self.refused([term.term for term in terms if isinstance(term, tree.Not)])

    def written(self, node: tree.Node) -> Condition:
        if isinstance(node, tree.And):
            return all_of(self.conjuncts(node)) or {}
        if isinstance(node, tree.Or):
            self._uses("OR", "OR")
            return any_of([self._inside(term) for term in node.terms])
        if isinstance(node, tree.Not):
            return all_of(self.refused([node.term])) or {}
        return self.leaf(node)

    def refused(self, nodes: Sequence[tree.Node]) -> list[Condition]:
        """Conditions for emails that none of these match: properties where there are some, and one NOT."""
        properties: list[Condition] = []
        none_of: list[Condition] = []
        for node in nodes:
            opposite = self._opposite(node)
            if opposite:
                properties.append(opposite)
            elif isinstance(node, tree.Or):
                none_of += [self._inside(term) for term in node.terms]
            else:
                none_of.append(self._inside(node))
        if none_of:
            self._uses("NOT", "`-`")
            properties.append({"operator": "NOT", "conditions": [inner for one in none_of for inner in or_ed(one)]})
        return properties

    def leaf(self, node: tree.Node) -> Condition:
        if isinstance(node, tree.Words):
            return self._words(node)
        if isinstance(node, tree.In):
            return {"inMailbox": self.places.find(node.mailbox).id}
        if isinstance(node, tree.Is):
            return self._one("hasKeyword", f"${node.mark}", "`is:`")
        if isinstance(node, tree.Larger):
            return self._one("minSize", node.octets, "`larger:`")
        if isinstance(node, tree.Smaller):
            return self._one("maxSize", node.octets, "`smaller:`")
        if isinstance(node, tree.After):
            return self._one("after", utc_date(node.instant), "`after:` or `newer_than:`")
        if isinstance(node, tree.Before):
            return self._one("before", utc_date(node.instant), "`before:` or `older_than:`")
        return self._one("hasAttachment", True, "`has:attachment`")

    def _inside(self, node: tree.Node) -> Condition:
        """A condition inside OR or NOT."""
        if isinstance(node, tree.In):
            self._uses("nested inMailbox", "`in:` beside OR or after `-`")
        return self.written(node)

    def _opposite(self, node: tree.Node) -> Condition | None:
        if isinstance(node, tree.Is):
            return self._one("notKeyword", f"${node.mark}", "`is:`")
        if isinstance(node, tree.HasAttachment):
            return self._one("hasAttachment", False, "`has:attachment`")
        if isinstance(node, tree.Larger):
            return self._one("maxSize", node.octets, "`larger:`")
        if isinstance(node, tree.Smaller):
            return self._one("minSize", node.octets, "`smaller:`")
        if isinstance(node, tree.After):
            return self._one("before", utc_date(node.instant), "`after:` or `newer_than:`")
        if isinstance(node, tree.Before):
            return self._one("after", utc_date(node.instant), "`before:` or `older_than:`")
        return None

    def _words(self, node: tree.Words) -> Condition:
        if isinstance(node, tree.List):
            self._uses("header", "`list:`")
            return {"header": ["List-Id"] if node.text == "*" else ["List-Id", node.text.replace("@", ".")]}
        value = _matched(node)
        if isinstance(node, tree.With):
            self._uses("OR", "`with:`")
            return any_of([self._one(name, way, "`with:`") for name in _WITH for way in _ways(value)])
        if isinstance(node, tree.Filename):
            if self.has_attachment_names:
                return self._one("attachmentName", value, "`filename:`")
            self.notes = (_ABOUT_FILENAMES,)
            return {
                **self._one("hasAttachment", True, "`filename:`"),
                **self._one("text", value, "`filename:`"),
            }
        name = _FIELDS[type(node)]
        written = "words without an operator" if name == "text" else f"`{name}:`"
        ways = _ways(value) if isinstance(node, tree.Person) else (value,)
        return any_of([self._one(name, way, written) for way in ways])

    def _one(self, name: str, value: Any, written: str) -> Condition:
        self._uses(name, written)
        return {name: value}

    def _uses(self, part: str, written: str) -> None:
        self.used.setdefault(part, written)


def utc_date(instant: datetime) -> str:
    """A UTCDate (RFC 8620 §1.4)."""
    return f"{instant:%Y-%m-%dT%H:%M:%SZ}"


def _ways(value: str) -> Sequence[str]:
    """A name without spaces between its words is wanted whole, or by each pair of its signs: Cyrus indexes pairs."""
    if not _UNSPACED.fullmatch(value):
        return (value,)
    return value, " ".join(value[at : at + 2] for at in range(len(value) - 1))


def _matched(node: tree.Words) -> str:
    """The text as servers match it: a phrase in double quotes, in it `"`, `'` and `\\` after a backslash.

    A phrase of one word loses its quotes where no stemming is to be feared, because some servers search for the quotes.
    """
    text = node.text
    is_one_word = not any(character.isspace() for character in text)
    is_unstemmed = isinstance(node, tree.Person | tree.Filename) or text in _STOP_WORDS
    is_quoted = node.phrase and not (is_one_word and is_unstemmed)
    if is_quoted or len(_SPECIAL.findall(text)) > 1 or not is_one_word:
        escaped = _SPECIAL.sub(lambda match: "\\" + match[0], text)
        return f'"{escaped}"'
    return text
