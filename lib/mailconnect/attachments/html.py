"""An attached HTML page without its tags: the text that is between them, read once from front to back.

It knows no style sheet: hidden text is not told apart. `html.parser` is quadratic on hostile input (CVE-2025-6069).
"""

import re
from collections.abc import Iterator
from html import unescape

from mailconnect.attachments.bounds import Bounds
from mailconnect.attachments.charset import decoded, make_ready
from mailconnect.attachments.window import Window

_NAME = re.compile(r"</?([A-Za-z][A-Za-z0-9]{0,20})")
_SPACES = re.compile(r"[ \t\r\n\xa0]+")
_LONGEST_TAG = 16_000
_BLOCKS = frozenset(
    "p div br tr table ul ol h1 h2 h3 h4 h5 h6 blockquote section article header footer pre hr title".split()  # noqa: SIM905
)
_NOT_SHOWN = frozenset({"script", "style", "template", "noscript", "svg", "head"})
_STARTS = {"li": "\n- ", "td": " | ", "th": " | "} | {f"h{level}": f"\n\n{'#' * level} " for level in range(1, 7)}


def read(data: bytes, charset: str | None, window: Window, bounds: Bounds) -> None:  # noqa: ARG001 - one signature
    text, note = decoded(data, charset)
    if note:
        window.note(note)
    window.note("Only the text of the page is shown.")
    window.write(without_tags(text))


def prepare(data: bytes, charset: str | None) -> None:  # noqa: ARG001 - one signature
    make_ready([charset] if charset else [])


def without_tags(source: str) -> str:
    """Takes time in proportion to its length."""
    lines = "".join(_pieces(source)).split("\n")
    shown: list[str] = []
    for line in lines:
        line = line.strip().removeprefix("| ")  # noqa: PLW2901 - the same line, trimmed
        if line or (shown and shown[-1]):
            shown.append(line)
    return "\n".join(shown).strip()


def _pieces(source: str) -> Iterator[str]:
    at = 0
    while (opened := source.find("<", at)) >= 0:
        yield _SPACES.sub(" ", unescape(source[at:opened]))
        if source.startswith("<!--", opened):
            closed = source.find("-->", opened)
            if closed < 0:
                return
            at = closed + 3
            continue
        named = _NAME.match(source, opened)
        if named is None and not source.startswith(("<!", "<?"), opened):
            yield "<"
            at = opened + 1
            continue
        closed = source.find(">", opened, opened + _LONGEST_TAG)
        if closed < 0:  # no tag: a sign, and its text
            yield "<"
            at = opened + 1
            if named is None or len(source) - opened > _LONGEST_TAG:
                at = min(len(source), opened + _LONGEST_TAG)
            continue
        at = closed + 1
        if named is None:
            continue
        name, ends = named[1].lower(), source[opened + 1] == "/"
        if name in _NOT_SHOWN and not ends:
            at = _end_of(source, name, at)
        elif name in _STARTS and not ends:
            yield _STARTS[name]
        elif name in _BLOCKS:
            yield "\n"
    yield _SPACES.sub(" ", unescape(source[at:]))


def _end_of(source: str, name: str, at: int) -> int:
    """Behind the end tag; without one, right here, so that an unclosed <head> hides nothing."""
    found = re.compile(f"</{name}\\b[^>]{{0,100}}>", re.IGNORECASE).search(source, at)
    return found.end() if found else at
