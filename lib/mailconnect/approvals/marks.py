"""Marks of a displayed draft's lines, by which a changed line is found without the text of the old ones.

They are kept sealed, or stand in the owner's own page: a short line can be guessed from its mark.
"""

import base64
import binascii
import hashlib
from itertools import islice

from mailconnect.approvals.displayed_draft import DisplayedDraft

_MARK_BYTES = 4
_MAX = 1_000
"""Lines; what comes after them is never marked as changed."""


def marks_of(displayed: DisplayedDraft) -> bytes:
    return b"".join(map(_mark, islice(displayed.lines(), _MAX)))


def to_text(marks: bytes) -> str:
    return base64.urlsafe_b64encode(marks).decode()


def from_text(text: str) -> bytes:
    """No marks where it cannot be read: then nothing is marked as changed."""
    try:
        return base64.b64decode(text, altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return b""


def changed_lines(displayed: DisplayedDraft, earlier: bytes) -> frozenset[str]:
    """The displayed draft's lines that were not there. Nothing where there are no earlier marks."""
    known = {earlier[at : at + _MARK_BYTES] for at in range(0, len(earlier), _MARK_BYTES)}
    if not known:
        return frozenset()
    return frozenset(line for line in islice(displayed.lines(), _MAX) if _mark(line) not in known)


def _mark(line: str) -> bytes:
    return hashlib.sha256(b"approval line\0" + line.encode("utf-8", "replace")).digest()[:_MARK_BYTES]
