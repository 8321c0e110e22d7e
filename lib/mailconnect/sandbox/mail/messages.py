"""A person's mail as raw messages: what the sandbox's store starts with, and what tests load into other servers."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache

from mailconnect.sandbox.mail.bulk import bulk_letters
from mailconnect.sandbox.mail.content import content_of
from mailconnect.sandbox.mail.letter import Letter, written_letters
from mailconnect.sandbox.mail.oddities import odd_letters
from mailconnect.sandbox.mail.threads import names_of
from mailconnect.sandbox.mail.when import anchor_of, filled
from mailconnect.sandbox.mail.writing import ancestors, written


@dataclass(frozen=True, slots=True)
class Message:
    """A message and where it lies."""

    key: str
    """Names the letter in the data; never on the wire but as a part of ids."""
    mailboxes: tuple[tuple[str, ...], ...]
    """Each a path from the top; the inbox is ("Inbox",)."""
    keywords: frozenset[str]
    received_at: datetime
    letter: Letter
    anchor: datetime

    @property
    def raw(self) -> bytes:
        """RFC 5322, with CRLF.  Made when first asked for."""
        return _raw(self.letter.key, self.anchor)

    @property
    def size(self) -> int:
        return len(self.raw)

    def thread_names(self) -> tuple[frozenset[str], str]:
        """The message ids that it carries and refers to, and its subject: what makes a thread (RFC 8621 §3)."""
        if self.letter.raw:
            return names_of(content_of(self.raw).headers)
        names = {self.letter.message_id, *ancestors(self.letter, letters())}
        return frozenset(names), filled(self.letter.subject, self.received_at)

    @property
    def email_id(self) -> str:
        return f"M{hashlib.sha1(self.key.encode(), usedforsecurity=False).hexdigest()[:24]}"


def messages(login: str, now: int) -> tuple[Message, ...]:
    """The mail of "alice" or "bob" in the order of receipt.  now: epoch seconds; a whole hour sees the same mail."""
    return _messages(login, anchor_of(now))


@lru_cache(maxsize=8)
def _messages(login: str, anchor: datetime) -> tuple[Message, ...]:
    found = [
        Message(letter.key, letter.folders[login], _keywords(letter, login), letter.received_at(anchor), letter, anchor)
        for letter in letters().values()
        if login in letter.folders
    ]
    return tuple(sorted(found, key=lambda message: (message.received_at, message.key)))


@cache
def letters() -> Mapping[str, Letter]:
    """Every letter by its key.  Raises ValueError where two have the same."""
    found: dict[str, Letter] = {}
    for letter in (*written_letters(), *bulk_letters(), *odd_letters()):
        if letter.key in found:
            raise ValueError(f"two letters are called {letter.key}")
        found[letter.key] = letter
    return found


@lru_cache(maxsize=2000)
def _raw(key: str, anchor: datetime) -> bytes:
    return written(letters()[key], letters(), anchor)


def _keywords(letter: Letter, login: str) -> frozenset[str]:
    """A message that the owner sent is read; a message of the other person has only its read mark."""
    sent = any(path in {("Sent",), ("Drafts",)} for path in letter.folders[login])
    seen = frozenset() if letter.unread and not sent else frozenset({"$seen"})
    return seen | (frozenset(letter.keywords) if login == "alice" or "alice" not in letter.folders else frozenset())


def counts(login: str) -> Mapping[tuple[str, ...], tuple[int, int]]:
    """Messages and unread ones by mailbox path.  Drafts are never counted as unread (RFC 8621 §2)."""
    counted: dict[tuple[str, ...], tuple[int, int]] = {}
    for letter in letters().values():
        if login not in letter.folders:
            continue
        unread = not _keywords(letter, login) & {"$seen", "$draft"}
        for path in letter.folders[login]:
            total, new = counted.get(path, (0, 0))
            counted[path] = (total + 1, new + unread)
    return counted
