"""CSV and TSV (RFC 4180): rows as lines of `cell | cell`, with the delimiter found by counting."""

import csv
import io

from mailconnect.attachments.bounds import Bounds
from mailconnect.attachments.charset import decoded, make_ready
from mailconnect.attachments.window import Window

_DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
_LONGEST_CELL = 100_000


def read(data: bytes, charset: str | None, window: Window, bounds: Bounds) -> None:
    text, note = decoded(data, charset)
    if note:
        window.note(note)
    delimiter = _delimiter(text[:20_000])
    window.note(f"Cells were separated by a {_DELIMITERS[delimiter]}, and are by a bar here.")
    csv.field_size_limit(_LONGEST_CELL)
    rows = csv.reader(io.StringIO(text.replace("\x00", "")), delimiter=delimiter)
    count = cells = 0
    try:
        for row in rows:
            count += 1
            cells += len(row)
            if cells > bounds.cells:
                window.note(f"Only the first {count} rows were read.")
                break
            window.write(" | ".join(" ".join(cell.split()) for cell in row[: bounds.columns]) + "\n")
    except csv.Error:
        window.note(f"From row {count + 1} on this is no table; what follows is left out.")
    window.note(f"{count} rows.")


def prepare(data: bytes, charset: str | None) -> None:  # noqa: ARG001 - one signature
    make_ready([charset] if charset else [])


def _delimiter(head: str) -> str:
    """The one that most lines have equally often; a comma where none is."""
    lines = [line for line in head.splitlines()[:20] if line.strip()][:-1] or head.splitlines()[:1]

    def fit(delimiter: str) -> tuple[int, int]:
        counts = [line.count(delimiter) for line in lines]
        usual = max(counts, key=counts.count, default=0)
        return (counts.count(usual) if usual else 0, usual)

    return max(_DELIMITERS, key=fit)
