"""Scopes: what a token may do, and what a person is told about it (RFC 6749 §3.3)."""

import re
from dataclasses import dataclass

NOTICE_VERSION = "2026-11-25"
"""The privacy notice in force; a grant records the one its owner saw."""

_SCOPE = re.compile(r"[!#-\[\]-~ ]*\Z")
_MAX_LENGTH = 1000


@dataclass(frozen=True, slots=True)
class Scope:
    """`title` and `detail` stand on the consent page; `notice_version` is the notice that introduced it."""

    name: str
    title: str
    detail: str
    notice_version: str


SCOPES = {
    scope.name: scope
    for scope in (
        Scope(
            "session:read",
            "See which mailbox this is",
            "Your account's name and address, accounts shared with you, and what your mail provider lets programs do.",
            "2026-11-21",
        ),
        Scope(
            "mailboxes:read",
            "See the list of your folders",
            "Their names, how they nest, and how many messages each holds; also those shared with you. No messages.",
            "2026-11-21",
        ),
    )
}


def told_of(names: frozenset[str], notice_version: str) -> frozenset[str]:
    """Those of `names` that the notice of this version has told of: nobody has consented to what came later."""
    return frozenset(name for name in names if name in SCOPES and SCOPES[name].notice_version <= notice_version)


class MalformedScope(ValueError):
    """Not scope tokens separated by spaces, or none at all."""


def parse_scope(text: str) -> frozenset[str]:
    """The scope tokens; MalformedScope unless the text has the characters of RFC 6749 appendix A.4.

    More spaces than one are taken, and spaces at an end: clients join configured lists.
    """
    tokens = frozenset(text.split(" ")) - {""}
    if len(text) > _MAX_LENGTH or not _SCOPE.match(text) or not tokens:
        raise MalformedScope
    return tokens


def format_scope(names: frozenset[str]) -> str:
    return " ".join(sorted(names))
