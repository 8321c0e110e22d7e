"""A change to emails: what is to become of each, and what came of it."""

from collections.abc import Sequence
from enum import Enum

from mailconnect.encoding.discreet import Discreet
from mailconnect.mail.mailbox.mailbox import Mailbox

MAX_CHANGED = 200
"""Emails in one change."""


class Patch(Discreet, frozen=True):
    """The changes to make to each email. Mailboxes are named by role, id, path or name.

    `move_to` takes an email out of all mailboxes and puts it into this one. `add_to` and `remove_from` leave its other
    mailboxes alone. `archive` takes it out of the inbox. An email that would lie nowhere goes to the archive. `junk`
    marks it and moves it to junk; False takes the mark away and moves it from junk to the inbox.
    """

    read: bool | None = None
    flagged: bool | None = None
    junk: bool | None = None
    archive: bool = False
    move_to: str | None = None
    add_to: tuple[str, ...] = ()
    remove_from: tuple[str, ...] = ()

    @property
    def files(self) -> bool:
        """Whether it changes where an email lies."""
        return bool(self.junk is not None or self.archive or self.move_to or self.add_to or self.remove_from)


class Filed(Discreet, frozen=True):
    """Where an email lies, and its keywords: in small letters, with JMAP's `$` (RFC 8621 §4.1.1)."""

    id: str
    mailbox_ids: frozenset[str]
    keywords: frozenset[str]


class Why(Enum):
    """Why an email was not changed; the value completes "emailId ...: it" for a model."""

    GONE = "is not there any more"
    UNREADABLE = "could not be read"
    WAITS = "waits to be sent; stop that with undo_send first"
    ONLY_DRAFTS = "is no draft, and only drafts are moved to the drafts"
    NOT_SENT = "is a draft, and what was not sent is not put among the sent"
    NOWHERE = "lies nowhere else; move it instead"
    NO_ARCHIVE = "would lie nowhere, and this account has no archive; name a mailbox in moveTo"
    NO_RIGHT = "lies or would lie in a mailbox where the account does not allow this"
    MAILBOX_GONE = "was not taken: a mailbox changed in the meantime; call list_mailboxes"
    TOO_MANY_MAILBOXES = "is in as many mailboxes as the mail server allows"
    TOO_MANY_KEYWORDS = "has as many marks as the mail server allows"
    FULL = "was not taken: the mailbox is full; tell the person"
    SLOW_DOWN = "was not taken: the mail server limits how much is changed; try again in a minute"
    FORBIDDEN = "may not be changed, says the mail server; tell the person"
    REFUSED = "was refused by the mail server; trying again will not help"
    UNKNOWN = "got no response from the mail server and may or may not be changed; asking again is harmless"


class Changed(Discreet, frozen=True):
    before: Filed
    after: Filed


class Failed(Discreet, frozen=True):
    id: str
    why: Why


class Changes(Discreet, frozen=True):
    """The outcome for each email: in `done`, in `unchanged` (it was so already), or in `failed`.

    `mailboxes` are the account's, to name where an email lies.
    """

    done: Sequence[Changed]
    unchanged: Sequence[str]
    failed: Sequence[Failed]
    mailboxes: Sequence[Mailbox] = ()
