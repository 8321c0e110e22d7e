"""The lines with which mail programs announce the message that is answered or forwarded, in their users' languages."""

import re
from collections.abc import Sequence

from mailconnect.render import words


def _any_of(some: Sequence[str]) -> str:
    return "|".join(map(re.escape, some))


_LONGEST = 300  # characters of an attribution, on at most three lines
_LONGEST_LINE = 200

_WROTE = re.compile(rf"\b(?:{_any_of(words.WROTE)})\b|{_any_of(words.WROTE_WITHIN)}", re.IGNORECASE)
_WHEN_OR_WHO = re.compile(r"\d|[@<]")
_WHEN = re.compile(r"\b\d{4}\b|\d[:.]\d\d|\d[./-]\d|\d\s?[年月日년월일]")
# "1.1.2026 10:00 Ann <ann@x.org>:" without a verb, as some programs have it.
_DATED = re.compile(
    r"\d{4}.{0,80}<[^<>\s]{1,100}@[^<>\s]{1,100}>\s*[:：]$|<[^<>\s]{1,100}@[^<>\s]{1,100}>.{0,80}\d{4}.{0,20}[:：]$"
)

_RULE = "-–—_=*#>:： \t\xa0"
_ORIGINAL = frozenset(words.ORIGINAL)
_FORWARDED = frozenset(words.FORWARDED)
_HEADER_LINE = re.compile(
    rf"[*_]{{0,2}}(?:(?P<sender>{_any_of(words.FROM)})|(?P<subject>{_any_of(words.SUBJECT)})|(?P<sent>{_any_of(words.SENT)})"
    rf"|(?P<other>{_any_of(words.OTHER_HEADERS)}))[*_]{{0,2}}\s?[:：]",
    re.IGNORECASE,
)
_MAX_HEADERS = 12
_MAX_CONTINUED = 2  # lines in a row that are no header: blank, or a long list of recipients
_LONGEST_HEADER = 1_000
_LONGEST_HEADER_NAME = 60
_DASHES = frozenset(first + second for first in "-–—_=*" for second in "-–—_=* ")


def ends_in_attribution(lines: Sequence[str]) -> bool:
    """Lines that together say who wrote when: "On 5 Jan 2026, Ann <ann@example.org> wrote:"."""
    together = " ".join(line.strip(" >\t\xa0") for line in lines)
    if len(together) > _LONGEST or together[-1:] not in (":", "："):
        return False
    if _DATED.search(together):
        return True
    return _WROTE.search(together) is not None and _WHEN_OR_WHO.search(together) is not None


def says_when(lines: Sequence[str]) -> bool:
    """A year, a time of day or a date in digits."""
    return _WHEN.search(" ".join(lines)) is not None


def begins_original(line: str) -> bool:
    """A line like "-----Original Message-----"."""
    stripped = line.strip()
    return (
        8 <= len(stripped) <= _LONGEST_LINE and stripped[:2] in _DASHES and stripped.strip(_RULE).lower() in _ORIGINAL
    )


def begins_forward(line: str) -> bool:
    """A line like "---------- Forwarded message ---------" or "Begin forwarded message:"."""
    stripped = line.strip()
    if not 8 <= len(stripped) <= _LONGEST_LINE or not (stripped[:2] in _DASHES or stripped[-1] in ":："):
        return False
    return stripped.strip(_RULE).lower() in _FORWARDED


def begins_header(line: str) -> bool:
    """A line like "Subject: Budget"."""
    start = line[:_LONGEST_HEADER_NAME]
    return (":" in start or "：" in start) and _HEADER_LINE.match(line[:_LONGEST_HEADER].strip()) is not None


def header_block(lines: Sequence[str], at: int, end: int) -> int:
    """How many lines from `at` are the headers of a quoted message, 0 if they are none.

    At least three in any order, among them From and either the subject or a "Sent": a journey has from, to and date.
    """
    if at >= end or not begins_header(lines[at]):
        return 0
    length, found, kinds = 0, 0, set[str | None]()
    for offset in range(min(end - at, _MAX_HEADERS)):
        header = _HEADER_LINE.match(lines[at + offset][:_LONGEST_HEADER].strip())
        if header is not None:
            found, length = found + 1, offset + 1
            kinds.add(header.lastgroup)
        elif offset + 1 - length > _MAX_CONTINUED:
            break
    return length if found >= 3 and "sender" in kinds and len(kinds & {"subject", "sent"}) > 0 else 0
