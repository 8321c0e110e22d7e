"""HTML source cut into tags and text in one pass, in linear time (WHATWG HTML §13.2.5, what of it matters for mail)."""

import re
from collections.abc import Iterator
from html import unescape
from typing import NamedTuple

# Possessive everywhere: what does not match is given up at once, and then the tag has no end before the source ends.
_TAG = re.compile(
    r"""<(/?)([a-zA-Z][^\s/>\x00]{0,63}+)[^\s/>]*+((?:[^>=]++|=\s*+(?:"[^"]*+"|'[^']*+'|(?!["'])))*+)>""",
)
_ATTRIBUTE = re.compile(r"""([^\s/>=]++)(?:\s*+=\s*+(?:"([^"]*+)"|'([^']*+)'|([^\s>]++)))?+""")
_RAW = {
    name: re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE)
    for name in ("script", "style", "title", "textarea", "xmp", "iframe", "noembed", "noframes")
}
_MAX_ATTRIBUTES = 64
# Python refuses to read a number of more than 4,300 digits. No character has one of more than seven.
_LONG_REFERENCE = re.compile("&#[0-9]{20,}+;?")
_BEGINS = re.compile("<(?=[a-zA-Z!?/])")


class Tag(NamedTuple):
    name: str  # in lower case
    closes: bool
    attributes: str  # as written


class Dropped(NamedTuple):
    """A comment, a declaration, or the inside of an element whose text nobody sees."""

    kind: str  # "comment", or the element's name
    characters: int


def tokens(source: str) -> Iterator[str | Tag | Dropped]:
    """Text as written (character references too), tags, and what was dropped. A tag without end takes all the rest."""
    at = 0
    while True:
        begins = _BEGINS.search(source, at)
        if begins is None:
            yield source[at:]
            return
        start = begins.start()
        if start > at:
            yield source[at:start]
        found = _TAG.match(source, start)
        if found is None:
            at, token = _no_tag(source, start)
            yield token
            continue
        at = found.end()
        name = found[2].lower()
        yield Tag(name, bool(found[1]), found[3])
        if name in _RAW and not found[1]:
            end = _RAW[name].search(source, at)
            until = end.start() if end else len(source)
            if name == "textarea":
                yield source[at:until]
            else:
                yield Dropped(name, until - at)
            at = until


def attributes(written: str) -> dict[str, str]:
    """Names in lower case, values with their character references resolved; the first of a name counts."""
    found: dict[str, str] = {}
    for count, one in enumerate(_ATTRIBUTE.finditer(written)):
        if count >= _MAX_ATTRIBUTES:
            break
        value = one[2] or one[3] or one[4] or ""
        found.setdefault(one[1].lower(), resolved(value))
    return found


def resolved(written: str) -> str:
    """Text without its character references."""
    if "&" not in written:
        return written
    return unescape(_LONG_REFERENCE.sub("\ufffd", written) if "&#" in written else written)


def _no_tag(source: str, start: int) -> tuple[int, Dropped]:
    follows = source[start + 1 : start + 2]
    if follows == "!" and source.startswith("--", start + 2):
        for empty in ("<!-->", "<!--->"):
            if source.startswith(empty, start):
                return start + len(empty), Dropped("comment", len(empty))
        end = source.find("-->", start + 4)
        end = len(source) if end < 0 else end + 3
        return end, Dropped("comment", end - start)
    if follows in "!?" or (follows == "/" and not source[start + 2 : start + 3].isalpha()):
        end = source.find(">", start)
        end = len(source) if end < 0 else end + 1
        return end, Dropped("comment", end - start)
    return len(source), Dropped("tag", len(source) - start)
