"""A mailbox as IMAP itself tells it: where each message lies, how it is marked, and what a task has changed of that."""

import imaplib
import re
from collections.abc import Mapping
from dataclasses import dataclass

from tests.peers.cyrus import imap_mailboxes, mutf7
from tests.peers.cyrus.cyrus import Cyrus

Places = Mapping[str, frozenset[str]]
"""Marks in small letters by mailbox path."""
State = Mapping[str, Places]
"""By Message-ID. Messages with the same one, and a mailbox's messages without one, are taken for one."""


@dataclass(frozen=True, slots=True)
class Changes:
    """Message-IDs. `added` counts messages that were not there before."""

    marked_read: tuple[str, ...]
    destroyed: tuple[str, ...]
    moved: tuple[str, ...]
    added: tuple[str, ...]


def state_of(cyrus: Cyrus, user: str) -> State:
    found: dict[str, dict[str, frozenset[str]]] = {}
    with cyrus.imap(user) as imap:
        for path in imap_mailboxes.counts(imap):
            imap.select(f'"{mutf7.encode(path)}"', readonly=True)
            for ident, marks in _messages(imap):
                found.setdefault(ident or f"without a name in {path}", {})[path] = marks
    return found


def changes(before: State, after: State) -> Changes:
    return Changes(
        marked_read=tuple(
            ident for ident, places in before.items() if ident in after and not _read(places) and _read(after[ident])
        ),
        destroyed=tuple(ident for ident in before if ident not in after),
        moved=tuple(
            ident for ident, places in before.items() if ident in after and places.keys() != after[ident].keys()
        ),
        added=tuple(ident for ident in after if ident not in before),
    )


def _read(places: Places) -> bool:
    return any("\\seen" in marks for marks in places.values())


def _messages(imap: imaplib.IMAP4) -> list[tuple[str, frozenset[str]]]:
    told, parts = imap.fetch("1:*", "(FLAGS BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])")
    found: list[tuple[str, frozenset[str]]] = []
    for part in parts if told == "OK" else ():
        if not isinstance(part, tuple):
            continue
        head, field = part
        marks = re.search(rb"FLAGS \(([^)]*)\)", head)
        ident = re.search(rb"message-id:\s*(\S+)", field, re.IGNORECASE)
        name = ident[1].decode("utf-8", "replace") if ident else ""
        found.append((name, frozenset(marks[1].decode().lower().split()) if marks else frozenset()))
    return found
