"""One account's mail: its mailboxes, the emails in them, and what changed since a state.

Emails are immutable but for their mailboxes and keywords, as RFC 8621 §4 has it.
"""

import hashlib
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from mailconnect.sandbox.mail.content import Content, content_of
from mailconnect.sandbox.mail.part import blob_id
from mailconnect.sandbox.mail.threads import Threads, names_of

if TYPE_CHECKING:  # reading the letters takes time
    from mailconnect.sandbox.mail.messages import Message

FIRST_STATE = 1000


@dataclass(slots=True)
class Changes:
    created: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    destroyed: list[str] = field(default_factory=list)


@dataclass(eq=False)
class Email:
    email_id: str
    thread_id: str
    mailbox_ids: frozenset[str]
    keywords: frozenset[str]
    received_at: datetime
    _raw: Callable[[], bytes]

    @cached_property
    def raw(self) -> bytes:
        return self._raw()

    @property
    def content(self) -> Content:
        return content_of(self.raw)

    @cached_property
    def blob_id(self) -> str:
        return blob_id(self.raw)

    @property
    def unread(self) -> bool:
        return not self.keywords & {"$seen", "$draft"}

    def header(self, name: str) -> str:
        """The last field of that name, raw; "" where there is none."""
        return next((value for field_name, value in reversed(self.content.headers) if field_name.lower() == name), "")


class Store:
    """mailbox_ids: an account's mailboxes by path."""

    def __init__(self, mailbox_ids: Mapping[tuple[str, ...], str], messages: Iterable["Message"]) -> None:
        self.mailbox_ids = dict(mailbox_ids)
        self.emails: dict[str, Email] = {}
        """In the order of receipt at the start; what is delivered later stands last."""
        self._threads = Threads()
        self._log: list[tuple[str, str]] = []
        self._by_content: dict[bytes, str] = {}
        """Ids of what was created here, by the SHA-256 of its bytes."""
        for message in messages:
            self._start_with(message)

    @property
    def state(self) -> str:
        return f"J{FIRST_STATE + len(self._log)}"

    def deliver(
        self, raw: bytes, paths: Iterable[tuple[str, ...]], received_at: datetime, keywords: Iterable[str] = ()
    ) -> Email:
        """New mail.  raw: RFC 5322 with CRLF.  Raises KeyError where a path is not a mailbox's."""
        boxes = frozenset(self.mailbox_ids[path] for path in paths)
        return self.create(raw, boxes, received_at, frozenset(keywords))

    def create(self, raw: bytes, mailbox_ids: frozenset[str], received_at: datetime, keywords: frozenset[str]) -> Email:
        """A new email, whether it was delivered or a client made it.  raw: RFC 5322 with CRLF."""
        ids, subject = names_of(content_of(raw).headers)
        email_id = f"M{hashlib.sha256(raw + str(len(self._log)).encode()).hexdigest()[:24]}"
        thread = self._threads.of(ids, subject, f"T{email_id[1:17]}")
        email = Email(email_id, thread, mailbox_ids, keywords, received_at, lambda: raw)
        self.emails[email_id] = email
        self._by_content[hashlib.sha256(raw).digest()] = email_id
        self._log.append(("created", email_id))
        return email

    def identical(self, raw: bytes) -> Email | None:
        """The email that was created here with exactly these bytes, while it is there."""
        return self.emails.get(self._by_content.get(hashlib.sha256(raw).digest(), ""))

    def update(self, email_id: str, *, mailbox_ids: frozenset[str], keywords: frozenset[str]) -> None:
        """Raises KeyError."""
        email = self.emails[email_id]
        if (email.mailbox_ids, email.keywords) != (mailbox_ids, keywords):
            email.mailbox_ids, email.keywords = mailbox_ids, keywords
            self._log.append(("updated", email_id))

    def destroy(self, email_id: str) -> None:
        """Raises KeyError."""
        del self.emails[email_id]
        self._log.append(("destroyed", email_id))

    def changes(self, since: str, maximum: int | None) -> tuple[Changes, str, bool] | None:
        """The changes, the state after them, and whether there is more (RFC 8620 §5.2); None: the state is unknown."""
        if not (since[:1] == "J" and since[1:].isascii() and since[1:].isdigit()):
            return None
        start = int(since[1:]) - FIRST_STATE
        if not 0 <= start <= len(self._log):
            return None
        kinds: dict[str, list[str]] = {}
        end = start
        for kind, email_id in self._log[start:]:
            if email_id not in kinds and maximum is not None and len(kinds) == maximum:
                break
            kinds.setdefault(email_id, []).append(kind)
            end += 1
        found = Changes()
        for email_id, happened in kinds.items():
            _note(found, email_id, happened)
        return found, f"J{FIRST_STATE + end}", end < len(self._log)

    def thread(self, thread_id: str) -> list[Email]:
        """Oldest first."""
        found = [email for email in self.emails.values() if email.thread_id == thread_id]
        return sorted(found, key=lambda email: email.received_at)

    def blob(self, wanted: str, emails: Collection[Email]) -> bytes | None:
        """The message or part of that id among these emails."""
        for email in emails:
            if email.blob_id == wanted:
                return email.raw
        for email in emails:
            for part in email.content.parts():
                if part.blob_id == wanted:
                    return part.content
        return None

    def _start_with(self, message: "Message") -> None:
        ids, subject = message.thread_names()
        thread = self._threads.of(ids, subject, f"T{message.email_id[1:17]}")
        boxes = frozenset(self.mailbox_ids[path] for path in message.mailboxes)
        email = Email(message.email_id, thread, boxes, message.keywords, message.received_at, lambda: message.raw)
        self.emails[email.email_id] = email


def _note(found: Changes, email_id: str, happened: list[str]) -> None:
    created, destroyed = happened[0] == "created", happened[-1] == "destroyed"
    if created and not destroyed:
        found.created.append(email_id)
    elif destroyed and not created:
        found.destroyed.append(email_id)
    elif not created:
        found.updated.append(email_id)
