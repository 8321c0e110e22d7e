"""Excel's XLSX (ISO/IEC 29500-1 §18): each sheet by its name, each row a line of `cell | cell`."""

import re

from mailconnect.attachments.bounds import Bounds
from mailconnect.attachments.errors import CannotRead
from mailconnect.attachments.formats.archive import Archive
from mailconnect.attachments.formats.excel_dates import DateStyles, as_date
from mailconnect.attachments.formats.relationships import relationships
from mailconnect.attachments.formats.xml_events import events
from mailconnect.attachments.window import Window

_BOOK = "xl/workbook.xml"
_COLUMN = re.compile(r"([A-Z]{1,3})[0-9]")


def read(data: bytes, charset: str | None, window: Window, bounds: Bounds) -> None:  # noqa: ARG001 - one signature
    """Values as they were last calculated; formulas are not shown, dates are as in ISO 8601."""
    archive = Archive(data, "Excel workbook", bounds)
    targets = relationships(archive, _BOOK, bounds)
    parts = dict(targets.values())
    sheets = []
    since_1904 = False
    for event in events(archive, _BOOK, bounds):
        if event.kind == "start" and event.name == "sheet":
            sheets.append(event.attributes)
        elif event.kind == "start" and event.name == "workbookPr":
            since_1904 = event.attributes.get("date1904") in ("1", "true")
    shared = _shared_strings(archive, parts.get("sharedStrings", ""), bounds)
    dates = DateStyles.of(archive, parts.get("styles", ""), bounds)
    sheet = _Sheet(window, bounds, shared, dates, since_1904=since_1904)
    for number, attributes in enumerate(sheets, 1):
        hidden = ", hidden" if attributes.get("state", "visible") != "visible" else ""
        window.write(f"[sheet {number} of {len(sheets)}: {attributes.get('name', '')[:100]}{hidden}]\n")
        kind, member = targets.get(attributes.get("r:id", ""), ("", ""))
        if kind == "worksheet":
            sheet.tell(archive, member)
        window.write("\n")
    if not sheets:
        raise CannotRead("The Excel workbook has no sheets.")


class _Sheet:
    def __init__(
        self, window: Window, bounds: Bounds, shared: list[str], dates: DateStyles, *, since_1904: bool
    ) -> None:
        self._window = window
        self._bounds = bounds
        self._shared = shared
        self._dates = dates
        self._since_1904 = since_1904
        self._cells_left = bounds.cells

    def tell(self, archive: Archive, member: str) -> None:
        row: dict[int, str] = {}
        column, kind, style = -1, "", ""
        value: list[str] = []
        collecting = phonetic = False
        for event in events(archive, member, self._bounds):
            if event.kind == "text":
                if collecting and not phonetic:
                    value.append(event.name)
            elif event.kind == "start":
                match event.name:
                    case "row":
                        row, column = {}, -1
                    case "c":
                        column = _column(event.attributes.get("r", ""), column + 1)
                        kind, style = event.attributes.get("t", "n"), event.attributes.get("s", "")
                        value = []
                        if not self._count():
                            return
                    case "v" | "t":
                        collecting = True
                    case "rPh":
                        phonetic = True
            else:
                match event.name:
                    case "v" | "t":
                        collecting = False
                    case "rPh":
                        phonetic = False
                    case "c":
                        shown = self._shown("".join(value), kind, style)
                        if shown and column < self._bounds.columns:
                            row[column] = shown
                    case "row":
                        if row:
                            self._window.write(" | ".join(row.get(at, "") for at in range(max(row) + 1)) + "\n")
                    case "sheetData":
                        return

    def _count(self) -> bool:
        self._cells_left -= 1
        if self._cells_left < 0:
            self._window.note(f"Only the first {self._bounds.cells} cells are read.")
        return self._cells_left >= 0

    def _shown(self, value: str, kind: str, style: str) -> str:
        """ISO/IEC 29500-1 §18.18.11."""
        match kind:
            case "s":
                at = int(value) if value.isdecimal() and len(value) < 10 else -1
                value = self._shared[at] if 0 <= at < len(self._shared) else ""
            case "b":
                value = "TRUE" if value.strip() == "1" else "FALSE"
            case "n" if self._dates.has(style):
                value = as_date(value, since_1904=self._since_1904)
        return " ".join(value.split())


def _shared_strings(archive: Archive, member: str, bounds: Bounds) -> list[str]:
    if not archive.has(member):
        return []
    found: list[str] = []
    pieces: list[str] = []
    collecting = phonetic = False
    for event in events(archive, member, bounds):
        if event.kind == "text":
            if collecting and not phonetic:
                pieces.append(event.name)
        elif event.name == "t":
            collecting = event.kind == "start"
        elif event.name == "rPh":
            phonetic = event.kind == "start"
        elif event.name == "si" and event.kind == "end":
            found.append("".join(pieces))
            pieces.clear()
            if len(found) > bounds.cells:
                break
    return found


def _column(reference: str, following: int) -> int:
    """From 0; `C5` is 2. Without a reference it is the one that follows."""
    found = _COLUMN.match(reference)
    if found is None:
        return following
    number = 0
    for letter in found[1]:
        number = number * 26 + ord(letter) - 64
    return number - 1
