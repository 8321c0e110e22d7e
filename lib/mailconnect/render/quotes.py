"""Where a message's own words end and its quotation begins, by its lines alone, in time linear in their number.

A quotation is collapsed only if nothing of the writer's own follows it: answers between quoted lines are kept with
them. A forwarded message is what its sender wants read, and is no quotation.
"""

import re
from dataclasses import dataclass

from mailconnect.render.attributions import (
    begins_forward,
    begins_header,
    begins_original,
    ends_in_attribution,
    header_block,
    says_when,
)


@dataclass(frozen=True, slots=True)
class Split:
    own: str
    quoted: int = 0  # characters left out


_QUOTED = re.compile(r"\s{0,3}>")
_MAX_LINES = 20_000  # a text of more lines is no letter; all of it is kept


def split(text: str) -> Split:
    """All of the text is its own where nothing would be left of it."""
    if text.count("\n") > _MAX_LINES:
        return Split(text)
    lines = text.split("\n")
    end = _last_written(lines, len(lines))
    start = _original(lines, end)
    if start is None:
        start = _marked(lines, end)
    if start is None:
        return Split(text)
    kept = _last_written(lines, start)
    if not kept:
        return Split(text)
    own = "\n".join(lines[:kept])
    return Split(own, len(text) - len(own))


def note(quoted: int) -> str:
    return f'[quoted text: {quoted:,} characters; body "full" shows it]'


def is_quoted(line: str) -> bool:
    return _QUOTED.match(line) is not None


def _last_written(lines: list[str], end: int) -> int:
    """One past the last line before `end` that is not blank."""
    while end and not lines[end - 1].strip():
        end -= 1
    return end


def _original(lines: list[str], end: int) -> int | None:
    """The first line of a quoted message that is not marked line by line: Outlook's way, to the end of the text."""
    above_is_header = False
    for at in range(end):
        line = lines[at]
        if begins_forward(line):
            return None
        is_header = begins_header(line)
        # A block begins at its first line: its other lines need no look of their own.
        length = header_block(lines, at, end) if is_header and not above_is_header else 0
        above_is_header = is_header
        by_words = begins_original(line)
        if not length and not by_words:
            continue
        after = at + max(length, 1)
        if by_words and after < end:
            after += header_block(lines, _next_written(lines, after, end), end)
        first = _next_written(lines, after, end)
        if first < end and is_quoted(lines[first]) and _marked(lines, end) is None:
            return None  # marked line by line after all, and something follows the marks
        return _with_rule(lines, at)
    return None


def _next_written(lines: list[str], at: int, end: int) -> int:
    while at < end and not lines[at].strip():
        at += 1
    return at


def _with_rule(lines: list[str], at: int) -> int:
    """Outlook draws a line of underscores above the headers."""
    above = _last_written(lines, at)
    if above and len(lines[above - 1].strip()) >= 10 and not lines[above - 1].strip(" _-"):
        return above - 1
    return at


def _marked(lines: list[str], end: int) -> int | None:
    """The first line of the marked lines at the end, or of the attribution above them."""
    start = end
    while start and (is_quoted(lines[start - 1]) or not lines[start - 1].strip()):
        start -= 1
    first = _next_written(lines, start, end)
    above = _last_written(lines, start)
    if begins_forward(lines[first].lstrip("> ") if first < end else "") or (above and begins_forward(lines[above - 1])):
        return None
    attribution = _attribution(lines[max(0, above - 3) : above])
    if attribution:
        return above - attribution
    return first if first < end else None


def _attribution(above: list[str]) -> int:
    """How many of the last lines are the attribution: the fewest that say who and when, else the most that say who."""
    longest = 0
    for count in range(1, len(above) + 1):
        piece = above[-count:]
        if not piece[0].strip():
            break
        if ends_in_attribution(piece):
            longest = count
            if says_when(piece):
                break
    return longest
