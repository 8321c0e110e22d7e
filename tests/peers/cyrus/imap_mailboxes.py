"""What IMAP itself says of a person's mailboxes: LIST and STATUS, RFC 3501 §7.2, and SPECIAL-USE, RFC 6154."""

import imaplib
import re
from typing import NamedTuple

from tests.peers.cyrus import mutf7

# Folders that others share appear below this name, theirs next: Other Users/bob/Team.
OTHER_USERS = "Other Users/"
# INBOX is the one name that IMAP takes in any case (RFC 3501 §5.1); Cyrus' JMAP service spells it so.
INBOX = "Inbox"


class Counts(NamedTuple):
    total: int
    unseen: int


def counts(imap: imaplib.IMAP4) -> dict[str, Counts]:
    """Every mailbox by its full path: `{"Projects/2026": Counts(total=3, unseen=1)}`."""
    found = {}
    for name, _ in _mailboxes(imap):
        _, told = imap.status(f'"{name}"', "(MESSAGES UNSEEN)")
        numbers = re.search(rb"\(MESSAGES (\d+) UNSEEN (\d+)\)$", told[0])
        if not numbers:
            raise AssertionError(f"not a STATUS: {told}")
        found[_path(name)] = Counts(int(numbers[1]), int(numbers[2]))
    return found


def roles(imap: imaplib.IMAP4) -> dict[str, str]:
    """Mailboxes with a special use, by its JMAP name: `{"Inbox": "inbox", "Sent": "sent"}`."""
    uses = {"\\archive", "\\drafts", "\\junk", "\\sent", "\\trash"}
    found = {_path(name): use[1:] for name, flags in _mailboxes(imap) for use in uses & flags}
    return {INBOX: "inbox", **found}


def _mailboxes(imap: imaplib.IMAP4) -> list[tuple[str, set[str]]]:
    """Names as on the wire, and attributes in lower case; without those that only hold others."""
    found = []
    for line in imap.list()[1]:
        parts = isinstance(line, bytes) and re.fullmatch(rb'\(([^)]*)\) "/" (?:"([^"\\]*)"|([^" ]+))', line)
        if not parts:
            raise AssertionError(f"not a LIST: {line!r}")
        flags = set(parts[1].decode().lower().split())
        if not flags & {"\\noselect", "\\nonexistent"}:
            found.append(((parts[2] or parts[3]).decode(), flags))
    return found


def _path(name: str) -> str:
    return INBOX if name.upper() == "INBOX" else mutf7.decode(name)
