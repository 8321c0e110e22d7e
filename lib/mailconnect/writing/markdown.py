"""Markdown as a message's two bodies: plain text, and HTML that can neither load anything nor run.

HTML in the Markdown is text. Images are off: opening the draft would fetch them, and their address could carry what
an assistant read. A link is http, https, mailto or tel, and the plain text shows where it leads.
"""

import re
from collections.abc import Sequence
from functools import cache
from html import escape
from typing import TYPE_CHECKING

from mailconnect.encoding.discreet import Discreet
from mailconnect.render.characters import clean

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

LONGEST = 50_000
_LINK = re.compile(r"(?:https?|mailto|tel):[!-~]+", re.IGNORECASE)
_MARKED_BY = {"strong": "*", "em": "_", "s": "~"}


class Bodies(Discreet, frozen=True):
    """`html` is None where the text has no formatting: then nothing is lost without it. Neither ends in a line feed."""

    plain: str
    html: str | None = None


def bodies(markdown: str) -> Bodies:
    """Of at most LONGEST characters, in time linear in them. Characters that hide or steer are taken out."""
    text = clean(markdown[:LONGEST]).text.strip("\n")
    if not text.strip():
        return Bodies("")
    tokens = _parser().parse(text)
    if not _has_formatting(tokens):
        return Bodies(_plain(tokens))
    return Bodies(_plain(tokens), _parser().renderer.render(tokens, _parser().options, {}).strip())


def paragraphs(text: str) -> str:
    """Plain text as HTML."""
    return "".join(
        f"<p>{escape(part).replace(chr(10), '<br>')}</p>" for part in re.split(r"\n{2,}", text.strip("\n")) if part
    )


@cache
def _parser() -> "MarkdownIt":
    # Imported when first needed: 45 ms that a function which writes no mail does not pay.
    from markdown_it import MarkdownIt  # noqa: PLC0415

    made = MarkdownIt("commonmark", {"html": False, "breaks": True, "xhtmlOut": False})
    made.enable(["table", "strikethrough"]).disable(["image", "html_block", "html_inline"])
    made.validateLink = lambda url: _LINK.fullmatch(url) is not None  # type: ignore[method-assign]
    return made


def _has_formatting(tokens: Sequence["Token"]) -> bool:
    for token in tokens:
        if token.type == "inline":
            kinds = {child.type for child in token.children or ()}
            if not kinds <= {"text", "softbreak", "hardbreak", "text_special"}:
                return True
        elif not token.type.startswith("paragraph_"):
            return True
    return False


def _plain(tokens: Sequence["Token"]) -> str:
    return _Plain().written(tokens)


class _Plain:
    """Writes the blocks one after another; each line begins with the marks of the lists and quotations around it."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._around: list[str] = []
        self._next: list[str] = []  # marks of items that have not been written yet, each in place of one in _around
        self._numbers: list[int | None] = []
        self._cells: list[str] = []

    def written(self, tokens: Sequence["Token"]) -> str:
        for token in tokens:
            self._block(token)
        return "\n".join(line.rstrip() for line in self._lines).strip("\n")

    def _block(self, token: "Token") -> None:
        match token.type:
            case "paragraph_close" | "heading_close" | "table_close":
                if not token.hidden:
                    self._blank()
            case "inline":
                text = _inline(token.children or ())
                if self._in_row:
                    self._cells.append(text.replace("\n", " "))
                else:
                    self._text(text)
            case "heading_open":
                self._blank()
            case "bullet_list_open" | "ordered_list_open":
                start = int(token.attrGet("start") or 1)
                self._numbers.append(start if token.type == "ordered_list_open" else None)
            case "bullet_list_close" | "ordered_list_close":
                self._numbers.pop()
                if not self._numbers:
                    self._blank()
            case "list_item_open":
                mark = "- " if self._numbers[-1] is None else f"{self._numbers[-1]}. "
                self._around.append(" " * len(mark))
                self._next.append(mark)
            case "list_item_close":
                self._around.pop()
                if self._numbers[-1] is not None:
                    self._numbers[-1] += 1
            case "blockquote_open":
                self._around.append("> ")
            case "blockquote_close":
                self._around.pop()
                while self._lines and not self._lines[-1].strip(" >"):
                    self._lines.pop()
                self._blank()
            case "fence" | "code_block":
                self._text("\n".join(f"    {line}" for line in token.content.rstrip("\n").split("\n")))
                self._blank()
            case "hr":
                self._text("* * *")
                self._blank()
            case "tr_open":
                self._cells, self._in_row = [], True
            case "tr_close":
                self._in_row = False
                self._text(" | ".join(self._cells))

    _in_row = False

    def _text(self, text: str) -> None:
        for line in text.split("\n"):
            around = [*self._around]
            if self._next:
                around[len(around) - len(self._next) :] = self._next
                self._next = []
            self._lines.append("".join(around) + line)

    def _blank(self) -> None:
        if self._lines and self._lines[-1].strip(" >"):
            self._lines.append("".join(self._around))


def _inline(children: Sequence["Token"]) -> str:
    written: list[str] = []
    links: list[tuple[str, int]] = []
    for child in children:
        kind = child.type
        if kind in {"softbreak", "hardbreak"}:
            written.append("\n")
        elif kind == "link_open":
            links.append((str(child.attrGet("href") or ""), len(written)))
        elif kind == "link_close" and links:
            href, start = links.pop()
            label = "".join(written[start:])
            if href.removeprefix("mailto:") != label:
                written.append(f" <{href}>")
        elif kind.rpartition("_")[0] in _MARKED_BY:
            written.append(_MARKED_BY[kind.rpartition("_")[0]])
        else:
            written.append(child.content)
    return "".join(written)
