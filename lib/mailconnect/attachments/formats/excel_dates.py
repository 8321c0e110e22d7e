"""Which numbers of a workbook are dates (ISO/IEC 29500-1 §18.8.30), and which date a number is (§18.17.4)."""

import datetime as dt
import re
from typing import NamedTuple

from mailconnect.attachments.bounds import Bounds
from mailconnect.attachments.formats.archive import Archive
from mailconnect.attachments.formats.xml_events import events

_BUILT_IN = frozenset({*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)})
_LITERAL = re.compile(r'"[^"]{0,200}"|\[[^\]]{0,50}\]|\\.|_.|\*.')
_OF_DATES = re.compile(r"[dmyhs]", re.IGNORECASE)


class DateStyles(NamedTuple):
    """Indexes of cell formats, as cells name them."""

    styles: frozenset[str]

    def has(self, style: str) -> bool:
        return style in self.styles

    @classmethod
    def of(cls, archive: Archive, member: str, bounds: Bounds) -> "DateStyles":
        if not archive.has(member):
            return cls(frozenset())
        custom: set[str] = set()
        found: set[str] = set()
        at = -1
        inside = False
        for event in events(archive, member, bounds):
            if event.name == "cellXfs" and event.kind != "text":
                inside = event.kind == "start"
            elif event.kind != "start":
                continue
            elif event.name == "numFmt":
                code = _LITERAL.sub("", event.attributes.get("formatCode", "")[:300])
                if _OF_DATES.search(code) and "general" not in code.lower():
                    custom.add(event.attributes.get("numFmtId", ""))
            elif event.name == "xf" and inside:
                at += 1
                number = event.attributes.get("numFmtId", "")
                if number in custom or (number.isdecimal() and len(number) < 4 and int(number) in _BUILT_IN):
                    found.add(str(at))
        return cls(frozenset(found))


def as_date(value: str, *, since_1904: bool) -> str:
    """`2026-11-30`, `2026-11-30 09:15:00` or `09:15:00`; the number itself where it is no date."""
    try:
        days = float(value)
        first = dt.datetime(1904, 1, 1) if since_1904 else dt.datetime(1899, 12, 30)  # noqa: DTZ001 - Excel knows no zones
        at = first + dt.timedelta(seconds=round(days * 86_400))
    except (ValueError, OverflowError):
        return value
    if 0 <= days < 1:
        return f"{at:%H:%M:%S}"
    return f"{at:%Y-%m-%d}" if days == int(days) else f"{at:%Y-%m-%d %H:%M:%S}"
