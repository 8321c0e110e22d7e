"""Word's DOCX (ISO/IEC 29500-1 §17): headings, lists, tables and notes as lines, without hidden and deleted text."""

import re
from collections.abc import Iterable

from mailconnect.attachments.bounds import Bounds
from mailconnect.attachments.formats.archive import Archive
from mailconnect.attachments.formats.xml_events import XmlEvent, events
from mailconnect.attachments.window import Window

_HEADING = re.compile(r"(?:heading|berschrift|titre|titolo|rubrik|kop)\s?([1-6])$", re.IGNORECASE)
_FURTHER = (("word/footnotes.xml", "Footnotes"), ("word/endnotes.xml", "Endnotes"), ("word/comments.xml", "Comments"))
_OFF = ("0", "false", "off", "none")


def read(data: bytes, charset: str | None, window: Window, bounds: Bounds) -> None:  # noqa: ARG001 - one signature
    archive = Archive(data, "Word document", bounds)
    story = _Story(window)
    story.tell(events(archive, "word/document.xml", bounds))
    for member, title in _FURTHER:
        if archive.has(member):
            story.tell(events(archive, member, bounds), title)
    if story.hidden:
        window.note(f"{story.hidden} characters of hidden text are left out.")


class _Story:
    """Turns events to lines. A table's row is a line of cells; a table in a cell is told as text of it."""

    def __init__(self, window: Window) -> None:
        self.hidden = 0
        self._window = window
        self._title = ""
        self._start()

    def _start(self) -> None:
        self._line: list[str] = []
        self._before = ""
        self._rows: list[list[str]] = []
        self._cell: list[str] = []
        self._in_text = self._is_hidden = False
        self._fallback = 0

    def tell(self, told: Iterable[XmlEvent], title: str = "") -> None:
        """`title` is written before the first line, if there is one."""
        self._start()
        self._title = title
        for event in told:
            # Both ways of showing the same thing are there (ISO/IEC 29500-3 §7.6).
            if event.kind != "text" and event.name == "Fallback":
                self._fallback += 1 if event.kind == "start" else -1
            elif self._fallback:
                continue
            elif event.kind == "text":
                self._text(event.name)
            elif event.kind == "start":
                self._open(event)
            else:
                self._close(event.name)

    def _text(self, text: str) -> None:
        if not self._in_text:
            return
        if self._is_hidden:
            self.hidden += len(text)
        else:
            self._line.append(text)

    def _open(self, event: XmlEvent) -> None:
        value = event.attributes.get("val", "")
        match event.name:
            case "t":
                self._in_text = True
            case "r":
                self._is_hidden = False
            case "vanish":
                self._is_hidden = value not in _OFF
            case "tab" if not event.attributes:  # with attributes, it is a tab stop
                self._line.append("\t")
            case "br" | "cr":
                self._line.append("\n")
            case "noBreakHyphen":
                self._line.append("-")
            case "pStyle":
                if heading := _HEADING.search(value):
                    self._before = "#" * int(heading[1]) + " "
                elif value == "Title":
                    self._before = "# "
                elif value.startswith("List"):
                    self._before = "- "
            case "numPr":
                self._before = self._before or "- "
            case "tr":
                self._rows.append([])
            case "tc":
                self._cell = []

    def _close(self, name: str) -> None:
        match name:
            case "t":
                self._in_text = False
            case "p":
                self._paragraph()
            case "tc" if self._rows:
                self._rows[-1].append(" ".join(self._cell))
                self._cell = []
            case "tr" if self._rows:
                cells = self._rows.pop()
                line = " | ".join(cells)
                if self._rows:
                    self._cell.append(line)
                elif line.strip(" |"):
                    self._write(line + "\n")
            case "tbl" if not self._rows:
                self._window.write("\n")

    def _paragraph(self) -> None:
        text = "".join(self._line).strip(" \n")
        before, self._before = self._before, ""
        self._line.clear()
        if not text:
            return
        if self._rows:
            self._cell.append(" ".join(text.split()))
        else:
            self._write(f"{before}{text}\n" if before == "- " else f"{before}{text}\n\n")

    def _write(self, line: str) -> None:
        if self._title:
            self._window.write(f"\n[{self._title.lower()}]\n")
            self._title = ""
        self._window.write(line)
