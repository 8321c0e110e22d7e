"""The converter's Markdown with our marks in it, as lines for a reader: cells, breaks and spaces come to rest."""

import re

from mailconnect.render.html import marks

_PREFIX = re.compile(r"(?:> ?)*+ *+")
_SPACES = re.compile(r"[ \t\xa0\u2002-\u200a\u202f\u3000]{2,}")
_STUCK = re.compile(f"[{marks.LINK}{marks.TEXT}]|{marks.LINK_END}\\d*{marks.LINK_DONE}")
_ENDS_FIRST = re.compile(f"(?:{marks.LINK_END}\\d*{marks.LINK_DONE} ?)+")
_SPACE_BEFORE = re.compile(f"([{marks.LINK}]+) ")
_SPACE_AFTER = re.compile(f" ((?:{marks.LINK_END}\\d*{marks.LINK_DONE})+)")
_BLANK = "\xa0 \t"


def lines(converted: str) -> str:
    """At most one empty line in a row, no spaces at a line's end. Only the marks of links are left."""
    done: list[str] = []
    waiting = ""  # marks of links that begin on the next line with text
    for line in converted.split("\n"):
        prefix_end = _PREFIX.match(line)
        prefix = prefix_end.group() if prefix_end else ""
        pieces = line[len(prefix) :].split(marks.BREAK) if marks.BREAK in line else [line[len(prefix) :]]
        for piece in pieces:
            if marks.SIGNATURE in piece:
                done.append(f"{prefix}-- ")
            text = _row(piece.replace(marks.SIGNATURE, ""))
            if done and (ended := _ENDS_FIRST.match(text)):
                # A link that ends before anything on this line ends on the line before, and is none if it began here.
                if not waiting:
                    done[-1] += ended.group().replace(" ", "")
                waiting, text = "", text[ended.end() :]
            if not _STUCK.sub("", text).strip(_BLANK):
                waiting += text.strip(_BLANK)
            elif text != "--" or not done or done[-1] != f"{prefix}-- ":
                done.append(f"{prefix}{waiting}{text}")
                waiting = ""
        if not _STUCK.sub("", pieces[-1]).strip(_BLANK):
            _empty(done, prefix)
    while done and not done[-1].strip("> "):
        done.pop()
    text = "\n".join(done).replace(marks.TEXT, "").replace(marks.SPACE, " ")
    return text.strip("\n")


def _row(piece: str) -> str:
    """A table's cells with bars between them; spaces only between words."""
    if marks.CELL in piece:
        cells = [cell.strip(_BLANK + marks.TEXT) for cell in piece.split(marks.CELL)]
        piece = " | ".join(cell for cell in cells if cell)
    text = piece.replace(marks.TEXT, "").replace("\xa0", " ")
    if marks.LINK in text or marks.LINK_DONE in text:
        text = _SPACE_AFTER.sub(r"\1 ", _SPACE_BEFORE.sub(r" \1", text))
    return _SPACES.sub(" ", text).strip(_BLANK)


def _empty(done: list[str], prefix: str) -> None:
    """An empty line unless there is nothing yet. One that is there already belongs to the quotation less."""
    if done and done[-1].strip("> "):
        done.append(prefix.rstrip())
    elif done:
        done[-1] = min(done[-1], prefix.rstrip(), key=len)
