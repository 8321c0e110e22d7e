"""text/* (RFC 2046 §4.1), JSON, XML and source code, as they are."""

from mailconnect.attachments.bounds import Bounds
from mailconnect.attachments.charset import decoded, make_ready
from mailconnect.attachments.window import Window


def read(data: bytes, charset: str | None, window: Window, bounds: Bounds) -> None:  # noqa: ARG001 - one signature
    text, note = decoded(data, charset)
    if note:
        window.note(note)
    window.write_whole(text)


def prepare(data: bytes, charset: str | None) -> None:  # noqa: ARG001 - one signature
    make_ready([charset] if charset else [])
