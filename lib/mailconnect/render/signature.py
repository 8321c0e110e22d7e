"""A signature at the end of a message: what follows "-- " (RFC 3676 §4.3), a phone's advertisement, a list's footer."""

from dataclasses import dataclass

from mailconnect.render import words

_MAX_LINES = 15
_MAX_CHARACTERS = 1_500
_LONGEST_DEVICE = 120
_SHORTEST_RULE = 40


@dataclass(frozen=True, slots=True)
class Split:
    own: str
    signature: int = 0  # characters left out


def split(text: str) -> Split:
    """All of the text is its own where nothing would be left of it."""
    tail = text.rstrip()
    first = max(0, len(tail) - _MAX_CHARACTERS)
    # The first of a part of the text may be a part of a line.
    lines = tail[first:].split("\n")[1 if first else 0 :]
    for back in range(1, min(len(lines), _MAX_LINES + 1) + 1):
        line = lines[-back].strip()
        if line == "--" or _begins_footer(line) or (back == 1 and _is_of_a_device(line)):
            own = tail[: len(tail) - len("\n".join(lines[-back:]))].rstrip()
            return Split(own, len(text) - len(own)) if own else Split(text)
    return Split(text)


def note(signature: int) -> str:
    return f'[signature: {signature:,} characters; body "full" shows it]'


def _begins_footer(line: str) -> bool:
    """Mailman's line of underscores. A line of dashes may stand above a total."""
    return len(line) >= _SHORTEST_RULE and not line.strip("_")


def _is_of_a_device(line: str) -> bool:
    return len(line) <= _LONGEST_DEVICE and line.lower().startswith(words.DEVICES)
