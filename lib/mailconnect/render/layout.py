"""The converter's Markdown with our marks in it, as lines for a reader: cells, breaks and spaces come to rest."""

import re

from mailconnect.render import marks

_PREFIX = re.compile(r"(?:> ?)*+ *+")
_SPACES = re.compile(r"[ \t\xa0\u2002-\u200a\u202f\u3000]{2,}")
_STUCK = re.compile(f"[{marks.LINK}{marks.TEXT}]|{marks.LINK_END}\\d*{marks.LINK_DONE}")
_BLANK = "\xa0 \t"


def lines(converted: str) -> str:
    """At most one empty line in a row, no spaces at a line's end. Only the marks of links are left."""
    done: list[str] = []
    waiting = ""  # marks of links between lines
    for line in converted.split("\n"):
        prefix_end = _PREFIX.match(line)
        prefix = prefix_end.group() if prefix_end else ""
        pieces = line[len(prefix) :].split(marks.BREAK) if marks.BREAK in line else [line[len(prefix) :]]
        for piece in pieces:
            if marks.SIGNATURE in piece:
                done.append(f"{prefix}-- ")
            text = _row(piece.replace(marks.SIGNATURE, ""))
            if not _STUCK.sub("", text).strip(_BLANK):
                waiting = _settle(done, text, waiting)
                if len(pieces) == 1:
                    _empty(done, prefix)
            elif text != "--" or not done or done[-1] != f"{prefix}-- ":
                done.append(f"{prefix}{waiting}{text}")
                waiting = ""
    if waiting:
        done.append(waiting)
    text = "\n".join(done).replace(marks.TEXT, "").replace(marks.SPACE, " ")
    return text.strip("\n")


def _row(piece: str) -> str:
    if marks.CELL in piece:
        cells = [cell.strip(_BLANK + marks.TEXT) for cell in piece.split(marks.CELL)]
        piece = " | ".join(cell for cell in cells if cell)
    piece = piece.replace(marks.TEXT, "").replace("\xa0", " ")
    return _SPACES.sub(" ", piece).strip(_BLANK)


def _settle(done: list[str], text: str, waiting: str) -> str:
    """A link's end on a line without text belongs to the line before; its beginning waits for the next."""
    at = text.rfind(marks.LINK_DONE)
    ended, begun = text[: at + 1].strip(), text[at + 1 :].strip()
    if ended and waiting:
        # Nothing stood between: a link without text.
        return (waiting + ended + begun) if not done else _append(done, waiting + ended, begun)
    if ended and done:
        return _append(done, ended, begun)
    return waiting + ended + begun


def _append(done: list[str], ended: str, begun: str) -> str:
    done[-1] += ended
    return begun


def _empty(done: list[str], prefix: str) -> None:
    prefix = prefix.rstrip()
    if done and done[-1].rstrip("> ") != "":
        done.append(prefix)
