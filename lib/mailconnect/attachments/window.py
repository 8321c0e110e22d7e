"""Where parsers write text: keeps one stretch of it, and stops the parser when the stretch is full."""

import re

from mailconnect.attachments.errors import CannotRead
from mailconnect.attachments.result import AttachmentText

_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f\ud800-\udfff]")
_LINE_BREAKS = re.compile("\r\n?|[\x0c\x85\u2028\u2029]")
_BACK = 2_000
"""How far a cut may move back, in characters, to fall between two lines."""


class Full(Exception):
    """Raised by `write`: nothing that follows would be kept. A parser lets it pass."""


class Window:
    """Keeps the characters from `offset` on, `limit` of them at most."""

    def __init__(self, offset: int, limit: int) -> None:
        self.notes: list[str] = []
        self._offset = offset
        self._limit = limit
        self._seen = 0
        self._kept: list[str] = []
        self._total: int | None = None

    def write(self, text: str) -> None:
        """Raises Full once there is more than fits. Characters that no text needs are left out and not counted."""
        text = _UNPRINTABLE.sub("", _LINE_BREAKS.sub("\n", text))
        skipped = max(0, self._offset - self._seen)
        room = self._offset + self._limit - max(self._seen, self._offset)
        if len(text) > skipped:
            self._kept.append(text[skipped : skipped + room])
        self._seen += len(text)
        if self._seen > self._offset + self._limit:
            raise Full

    def write_whole(self, text: str) -> None:
        """All that there is, so that the total is known even where it does not fit."""
        try:
            self.write(text)
        except Full:
            self._total = self._seen
            raise

    def note(self, sentence: str) -> None:
        if sentence not in self.notes:
            self.notes.append(sentence)

    @property
    def is_empty(self) -> bool:
        return self._seen == 0

    def result(self, kind: str, *, cut: bool) -> AttachmentText:
        """`cut`: Full was raised. Raises CannotRead where `offset` is past the end."""
        text = "".join(self._kept)
        if not cut:
            if self._offset and self._offset >= self._seen:
                raise CannotRead(f"Offset {self._offset} is past the end: the text has {self._seen} characters.")
            return AttachmentText(kind, text, self._offset, None, self._seen, tuple(self.notes))
        line_end = text.rfind("\n", max(0, len(text) - _BACK)) + 1
        text = text[:line_end] if line_end else text
        return AttachmentText(kind, text, self._offset, self._offset + len(text), self._total, tuple(self.notes))
