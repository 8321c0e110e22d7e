"""OpenDocument text, spreadsheets and presentations (ODF 1.3 part 3): headings, lists, tables, sheets, slides."""

from mailconnect.attachments.bounds import Bounds
from mailconnect.attachments.errors import CannotRead
from mailconnect.attachments.formats.archive import Archive
from mailconnect.attachments.formats.xml_events import XmlEvent, events
from mailconnect.attachments.window import Window

_NOT_SHOWN = frozenset({"tracked-changes", "annotation", "sequence-decls", "forms", "settings"})
_LOCKED = "The OpenDocument file is encrypted: it opens with a password only."


def read(data: bytes, charset: str | None, window: Window, bounds: Bounds) -> None:  # noqa: ARG001 - one signature
    archive = Archive(data, "OpenDocument file", bounds)
    if archive.has("META-INF/manifest.xml") and any(
        event.name == "encryption-data" for event in events(archive, "META-INF/manifest.xml", bounds)
    ):
        raise CannotRead(_LOCKED)
    story = _Story(window, bounds)
    for event in events(archive, "content.xml", bounds):
        story.take(event)


class _Story:
    def __init__(self, window: Window, bounds: Bounds) -> None:
        self._window = window
        self._bounds = bounds
        self._line: list[str] = []
        self._open = 0
        """Paragraphs and headings that are open: text elsewhere is no content."""
        self._skipping = self._lists = self._sheets = self._slides = 0
        self._is_sheet = False
        self._rows: list[list[str]] = []
        self._cell: list[str] = []
        self._repeat = 1
        self._cells_left = bounds.cells
        self._cell_value = ""

    def take(self, event: XmlEvent) -> None:
        if event.kind == "text":
            if self._open and not self._skipping:
                self._line.append(event.name)
        elif event.name in _NOT_SHOWN:
            self._skipping += 1 if event.kind == "start" else -1
        elif self._skipping:
            return
        elif event.kind == "start":
            self._start(event)
        else:
            self._end(event.name)

    def _start(self, event: XmlEvent) -> None:
        match event.name:
            case "spreadsheet":
                self._is_sheet = True
            case "p" | "h":
                self._open += 1
                level = event.attributes.get("outline-level", "1")
                if event.name == "h":
                    self._line.append("#" * min(6, int(level) if level.isdecimal() and len(level) < 3 else 1) + " ")
                elif self._lists and not self._rows:
                    self._line.append("- ")
            case "s":
                count = event.attributes.get("c", "1")
                self._line.append(" " * min(100, int(count) if count.isdecimal() and len(count) < 6 else 1))
            case "tab":
                self._line.append("\t")
            case "line-break":
                self._line.append("\n")
            case "list":
                self._lists += 1
            case "page":
                self._slides += 1
                self._window.write(f"[slide {self._slides}]\n")
            case "table" if self._is_sheet:
                self._sheets += 1
                self._window.write(f"[sheet {self._sheets}: {event.attributes.get('name', '')[:100]}]\n")
            case "table-row":
                self._rows.append([])
            case "table-cell" | "covered-table-cell":
                self._cell = []
                repeat = event.attributes.get("number-columns-repeated", "1")
                self._repeat = int(repeat) if repeat.isdecimal() and len(repeat) < 10 else 1
                self._cell_value = event.attributes.get("date-value") or event.attributes.get("value") or ""

    def _end(self, name: str) -> None:
        match name:
            case "p" | "h":
                self._open = max(0, self._open - 1)
                self._paragraph(name)
            case "list":
                self._lists = max(0, self._lists - 1)
            case "table-cell" | "covered-table-cell" if self._rows:
                self._end_cell()
            case "table-row" if self._rows:
                self._end_row(self._rows.pop())
            case "table" | "page":
                self._window.write("\n")

    def _paragraph(self, name: str) -> None:
        text = "".join(self._line).strip(" \n")
        self._line.clear()
        if not text.strip("-# "):
            return
        if self._rows:
            self._cell.append(" ".join(text.split()))
        else:
            self._window.write(text + ("\n\n" if name == "h" else "\n"))

    def _end_cell(self) -> None:
        """A cell that stands for many (ODF 1.3 part 3 §19.679) is repeated up to the last column that is shown."""
        row = self._rows[-1]
        text = " ".join(self._cell) or self._cell_value
        row.extend([text] * max(0, min(self._repeat, self._bounds.columns - len(row))))
        self._cell, self._repeat, self._cell_value = [], 1, ""
        self._cells_left -= 1
        if self._cells_left < 0:
            raise CannotRead(f"The OpenDocument file has more than {self._bounds.cells} cells.")

    def _end_row(self, row: list[str]) -> None:
        while row and not row[-1]:
            row.pop()
        line = " | ".join(row)
        if not line:
            return
        if self._rows:
            self._cell.append(line)
        else:
            self._window.write(line + "\n")
