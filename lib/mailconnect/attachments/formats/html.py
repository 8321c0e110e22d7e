"""An attached HTML page without its tags: the text that is between them, read once from front to back.

It knows no style sheet: hidden text is not told apart. `html.parser` is quadratic on hostile input (CVE-2025-6069).
"""

import re
from collections.abc import Iterator
from html import unescape

from mailconnect.attachments.bounds import Bounds
from mailconnect.attachments.charset import decoded, make_ready
from mailconnect.attachments.window import Window

_TAG = re.compile(r"<(?:/?([A-Za-z][A-Za-z0-9]{0,20})|[!?])")
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
    unclosed: set[str] = set()
    at = 0
    while tag := _TAG.search(source, at):
        opened = tag.start()
        yield _SPACES.sub(" ", unescape(source[at:opened]))
        if source.startswith("<!--", opened):
            closed = source.find("-->", opened)
            if closed < 0:
                return
            at = closed + 3
            continue
        closed = source.find(">", opened, opened + _LONGEST_TAG)
        if closed < 0:
            # No tag. What is as long as one is passed over, so that each sign is not looked behind once more.
            at = opened + min(_LONGEST_TAG, len(source) - opened)
            continue
        at = closed + 1
        name, ends = (tag[1] or "").lower(), source[opened + 1] == "/"
        if name in _NOT_SHOWN and not ends and name not in unclosed:
            found = re.compile(f"</{name}\\b[^>]{{0,100}}>", re.IGNORECASE).search(source, at)
            if found:
                at = found.end()
            else:  # it hides nothing, and no other of its name does
                unclosed.add(name)
        elif name in _STARTS and not ends:
            yield _STARTS[name]
        elif name in _BLOCKS:
            yield "\n"
    yield _SPACES.sub(" ", unescape(source[at:]))
