"""iCalendar's content lines: unfolded and taken apart (RFC 5545 §3.1), bounded in number and length.

Own, not a library: icalendar and its kind build a whole calendar with zones and recurrence engines (python-dateutil,
tzdata) of a sender's text, without bounds. A summary needs the lines of the first events.
"""

from collections.abc import Iterator
from typing import NamedTuple

LONGEST_SOURCE = 128 * 1024  # characters
_MAX_LINES = 4_000
_LONGEST_LINE = 8_192
_ESCAPES = {"n": "\n", "N": "\n"}


class ContentLine(NamedTuple):
    name: str  # in upper case
    parameters: dict[str, str]  # names in upper case, the first value of each, without its quotes
    value: str  # as written: `text` resolves its escapes

    @property
    def text(self) -> str:
        """RFC 5545 §3.3.11."""
        if "\\" not in self.value:
            return self.value
        pieces = self.value.split("\\\\")
        return "\\".join(_unescaped(piece) for piece in pieces)


def content_lines(source: str) -> Iterator[ContentLine]:
    for line in _unfolded(source[:LONGEST_SOURCE]):
        head, colon, value = _parted(line)
        if colon:
            name, *written = _split(head, ";")
            parameters: dict[str, str] = {}
            for one in written[:20]:
                key, equals, given = one.partition("=")
                if equals:
                    parameters.setdefault(key.upper(), given.strip('"'))
            yield ContentLine(name.upper().strip(), parameters, value)


def _unfolded(source: str) -> Iterator[str]:
    pieces: list[str] = []
    size = 0
    for line in source.replace("\r\n", "\n").replace("\r", "\n").split("\n", _MAX_LINES)[:_MAX_LINES]:
        if line[:1] in (" ", "\t") and pieces:
            if size < _LONGEST_LINE:
                pieces.append(line[1:_LONGEST_LINE])
                size += len(line) - 1
            continue
        if pieces:
            yield "".join(pieces)
        pieces, size = [line[:_LONGEST_LINE]], len(line)
    if pieces:
        yield "".join(pieces)


def _parted(line: str) -> tuple[str, str, str]:
    """At the first colon outside quotation marks."""
    at = 0
    while True:
        colon = line.find(":", at)
        if colon < 0:
            return line, "", ""
        quote = line.find('"', at, colon)
        if quote < 0:
            return line[:colon], ":", line[colon + 1 :]
        closing = line.find('"', quote + 1)
        if closing < 0:
            return line[:colon], ":", line[colon + 1 :]
        at = closing + 1


def _split(head: str, separator: str) -> list[str]:
    """At separators outside quotation marks."""
    if '"' not in head:
        return head.split(separator)
    parts = [""]
    for count, piece in enumerate(head.split('"')):
        if count % 2:
            parts[-1] += piece
        else:
            first, *others = piece.split(separator)
            parts[-1] += first
            parts.extend(others)
    return parts


def _unescaped(piece: str) -> str:
    first, *others = piece.split("\\")
    return first + "".join(_ESCAPES.get(other[:1], other[:1]) + other[1:] for other in others)
