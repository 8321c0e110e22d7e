"""iCalendar and vCard (RFC 5545, RFC 6350) as text: long lines joined, pictures left out."""

import re

from mailconnect.attachments.bounds import Bounds
from mailconnect.attachments.charset import decoded, make_ready
from mailconnect.attachments.window import Window

_FOLD = re.compile(r"\r?\n[ \t]")
_BINARY = re.compile(r"^((?:PHOTO|LOGO|SOUND|KEY|ATTACH|IMAGE)\b[^\r\n:]{0,200}:)(?=\S{200})[^\r\n]*", re.MULTILINE)


def read(data: bytes, charset: str | None, window: Window, bounds: Bounds) -> None:  # noqa: ARG001 - one signature
    text, note = decoded(data, charset)
    if note:
        window.note(note)
    text, left_out = _BINARY.subn(r"\1[left out]", _FOLD.sub("", text))
    if left_out:
        window.note(f"{left_out} embedded pictures or files are left out.")
    window.write_whole(text)


def prepare(data: bytes, charset: str | None) -> None:  # noqa: ARG001 - one signature
    make_ready([charset] if charset else [])
