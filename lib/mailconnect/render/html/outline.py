"""HTML as mail has it, rebuilt as a small and harmless outline: what a person sees, with marks for links and cells.

The outline has no attribute, few elements and little nesting, so that the converter has nothing to stumble over.
Elements close as browsers close them (WHATWG HTML §13.2.6) where that decides what is hidden; in doubt it stays so.
"""

from dataclasses import dataclass, field, replace

from mailconnect.render.characters import clean
from mailconnect.render.html import elements, marks, programs
from mailconnect.render.html.markup import Dropped, Tag, attributes, resolved, tokens
from mailconnect.render.html.open_elements import Open, OpenElements
from mailconnect.render.html.visibility import Look, look

_DEEPEST_QUOTE, _DEEPEST_LIST = 5, 6
_LONGEST_ALT = 120
_LOOKS = frozenset(("style", "hidden", "bgcolor", "background", "color"))
_NOTHING: dict[str, str] = {}
_LONGEST_HREF = 4_096
_MAX_LINKS = 5_000
_MAX_TAGS = 30_000  # ten times what a long newsletter has


@dataclass(slots=True)
class Outline:
    """The rebuilt HTML, and what is known of the rest. Lengths are in characters."""

    parts: list[str] = field(default_factory=list)
    hrefs: list[str] = field(default_factory=list)
    hidden: int = 0  # text that is not shown
    removed: int = 0  # invisible characters
    dropped: int = 0  # comments, style sheets, scripts, titles
    pixels: int = 0  # images that nobody sees
    cut: bool = False  # there were more than _MAX_TAGS tags

    @property
    def html(self) -> str:
        return "".join(self.parts)


def outline(source: str) -> Outline:
    walk = _Walk()
    tags = 0
    for token in tokens(source):
        if isinstance(token, str):
            walk.text(token)
        elif isinstance(token, Dropped):
            walk.dropped(token)
        elif tags == _MAX_TAGS:
            walk.made.cut = True
            break
        else:
            tags += 1
            if token.closes:
                walk.end(token.name)
            else:
                walk.start(token)
    walk.close_to(0)
    return walk.made


class _Walk:
    def __init__(self) -> None:
        self.made = Outline()
        self._out = self.made.parts
        self._open = OpenElements()
        self._given: dict[str, dict[str, str]] = {}
        self._looks: dict[tuple[Look | str | None, ...], Look] = {}
        self._styled = False  # there is a style sheet
        self._owed, self._filled = "", False  # the break that waits, and whether the cell has text
        self._quotes = self._lists = self._pre = 0

    def dropped(self, token: Dropped) -> None:
        self.made.dropped += token.characters
        self._styled = self._styled or token.kind == "style"

    def text(self, written: str) -> None:
        text = resolved(written)
        if not text.isascii():
            cleaned = clean(text)
            text = cleaned.text
            self.made.removed += cleaned.removed
        if self._open.hides:
            self.made.hidden += len("".join(text.split()))
            return
        if self._pre:
            shown = text.replace("\t", "    ").replace(" ", marks.SPACE)
        else:
            shown = " ".join(text.split())
            if not shown:
                if text:
                    self._out.append(" ")
                return
            if text[0].isspace():
                shown = " " + shown
            if text[-1].isspace():
                shown += " "
        shown = shown.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        if self._pre:
            shown = shown.replace("\r", "").replace("\n", "<br>" + marks.TEXT)
        self._settle()
        self._out.append(marks.TEXT + shown)

    def start(self, tag: Tag) -> None:
        name = tag.name
        if name in elements.BLOCKS and self._open.has("p"):
            self._close_implied(*elements.CLOSED_BY_BLOCKS)
        if name in elements.CLOSING:
            self._close_implied(*elements.CLOSING[name])
        given = self._attributes(tag.attributes) if tag.attributes else _NOTHING
        if name in elements.VOID:
            self._void(name, given)
            return
        if name == "a" and self._open.has("a"):
            self.end("a")
        seen = self._looked(name, given)
        # An element that is too small or invisible may hold one that is not, so it keeps its place in the layout.
        emitted = "" if seen.gone else self._begin(name, given)
        opened = Open(name, seen, emitted)
        if name == "a" and "href" in given and not seen.gone and len(self.made.hrefs) < _MAX_LINKS:
            opened.link = len(self.made.hrefs)
            self.made.hrefs.append(given["href"][:_LONGEST_HREF])
            self._settle()
            self._out.append(marks.LINK)
        self._open.push(opened)

    def end(self, name: str) -> None:
        if name in ("br", "p") and not self._open.has(name):
            self._break(name)
            return
        at = self._open.closed_by_end(name)
        if at >= 0:
            self.close_to(at)

    def _close_implied(self, closed: frozenset[str], behind: frozenset[str]) -> None:
        at = self._open.nearest(closed, behind)
        if at >= 0:
            self.close_to(at)

    def close_to(self, depth: int) -> None:
        while len(self._open.stack) > depth:
            self._finish(self._open.pop())

    def _attributes(self, written: str) -> dict[str, str]:
        """A newsletter says the same thing in hundreds of cells."""
        if written not in self._given:
            self._given[written] = attributes(written)
        return self._given[written]

    def _looked(self, name: str, given: dict[str, str]) -> Look:
        if name in elements.NEVER_SHOWN:
            return Look(gone=True)
        if not given:
            return self._open.look
        if name == "dialog" and "open" not in given:
            return Look(gone=True)
        around = self._open.look
        if self._styled and "class" in given and around.background is not None:
            # A style sheet may paint another background here, such as a dark one behind white letters.
            around = replace(around, background=None)
        if _LOOKS.isdisjoint(given):
            return around
        key = (around, *map(given.get, _LOOKS))
        if key not in self._looks:
            self._looks[key] = look(around, given)
        return self._looks[key]

    def _begin(self, name: str, given: dict[str, str]) -> str:
        """Writes what begins an element in the outline; returns the outline's element that its end closes."""
        classes, named = given.get("class", ""), given.get("id", "")
        if name == "blockquote" or (name == "div" and given.get("name") == "quote"):
            return self._quote()
        if classes or named:
            emitted = self._marked(name, classes, named)
            if emitted is not None:
                return emitted
        if name == "p" and (self._open.cells or "MsoNormal" in classes):
            block = "div" if "MsoNormal" in classes else "p"
            self._owe(block)
            return f"/{block}"
        if name in ("ul", "ol"):
            self._lists += 1
            if self._lists > _DEEPEST_LIST:
                return "/list"
        if name in elements.KEPT:
            self._owed, self._filled = "", name not in elements.CELLS
            self._out.append(f"<{name}>")
            return name
        if name == "pre":
            self._pre += 1
            self._out.append("<p>")
            return "pre"
        if name in ("td", "th"):
            self._out.append(marks.CELL)
            self._owed, self._filled = "", False
        elif name == "q":
            self._out.append(marks.TEXT + '"')
            return "q"
        elif name in elements.BLOCKS:
            self._owe(name)
            return f"/{name}"
        return ""

    def _marked(self, name: str, classes: str, named: str) -> str | None:
        """A quotation or a signature by its class or id; None if it is neither."""
        meaning = programs.meaning(classes, named)
        if meaning == "signature":
            self._out.append(marks.BREAK + marks.SIGNATURE + marks.BREAK)
            return "/div"
        if meaning == "headers":
            # The quoted message follows this element: the quotation ends where the parent ends.
            self._open.push(Open("", self._open.look, self._quote()))
            self._break(name)
            return "/div"
        return self._quote() if meaning == "quotation" else None

    def _quote(self) -> str:
        self._quotes += 1
        if self._quotes > _DEEPEST_QUOTE:
            self._break("div")
            return "/quote"
        self._out.append("<blockquote>")
        return "blockquote"

    def _finish(self, opened: Open) -> None:
        if opened.link >= 0:
            self._out.append(f"{marks.LINK_END}{opened.link}{marks.LINK_DONE}")
        emitted = opened.emitted
        if not emitted:
            return
        if emitted in ("blockquote", "/quote"):
            self._quotes -= 1
            self._owed = ""
        elif emitted in ("ul", "ol", "/list"):
            self._lists -= 1
        if emitted == "pre":
            self._pre -= 1
            self._out.append("</p>")
        elif emitted == "q":
            self._out.append('"')
        elif emitted[0] == "/":
            self._owe(emitted[1:])
        else:
            self._out.append(f"</{emitted}>")
            self._owed = ""

    def _owe(self, name: str) -> None:
        """A break around a block. In a cell it waits for more text in the cell, so that a row stays on one line."""
        if self._open.cells and name not in ("tr", "table"):
            if self._filled and self._owed != "p":
                self._owed = "p" if name in elements.PARAGRAPHS else "div"
        else:
            self._break(name)

    def _settle(self) -> None:
        if self._owed:
            self._break(self._owed)
        self._filled = True

    def _break(self, name: str) -> None:
        self._owed, self._filled = "", False
        self._out.append("<p></p>" + marks.BREAK if name in elements.PARAGRAPHS else marks.BREAK)

    def _void(self, name: str, given: dict[str, str]) -> None:
        if name == "img":
            self._image(given)
        elif self._open.hides:
            return
        elif name == "br":
            self._out.append("<br>")
        elif name == "hr":
            self._out.append("<p></p>")
        elif name == "input" and given.get("type", "").lower() in ("submit", "button"):
            self.text(" " + given.get("value", "")[:_LONGEST_ALT] + " ")

    def _image(self, given: dict[str, str]) -> None:
        alt = " ".join(given.get("alt", "").split())
        if self._open.hides or look(self._open.look, given).hides or _is_pixel(given):
            self.made.pixels += 1
            self.made.hidden += len(alt.replace(" ", ""))
        elif alt:
            shown = alt if len(alt) <= _LONGEST_ALT else alt[: _LONGEST_ALT - 1] + "…"
            self.text(f" [image: {shown.replace('[', '(').replace(']', ')')}] ".replace("&", "&amp;"))
        elif self._open.has("a"):
            self.text(" [image] ")


def _is_pixel(given: dict[str, str]) -> bool:
    sizes = [given.get(side, "").strip().removesuffix("px") for side in ("width", "height")]
    return any(size in ("0", "1") for size in sizes) and all(size in ("0", "1", "2", "3") for size in sizes if size)
