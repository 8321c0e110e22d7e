"""Moments relative to a fixed "now", so that "last month" stays true and every run is the same."""

import re
from datetime import UTC, datetime, timedelta

HOUR = 3600

_AGO = re.compile(r"(\d+)([mh])")
_DAYS = re.compile(r"(\d+)d (\d\d):(\d\d)")
_MONTHS = re.compile(r"month-(\d+) (\d\d) (\d\d):(\d\d)")
_TOKEN = re.compile(r"\{\{([+-]\d+)?:([^{}]+)\}\}")


def anchor_of(now: int) -> datetime:
    """The full hour before now, which is in epoch seconds: a whole hour sees the same mail."""
    return datetime.fromtimestamp(now - now % HOUR, UTC)


def moment(written: str, anchor: datetime) -> datetime:
    """`40m`, `2h` before the anchor; `3d 12:05` UTC so many days before; `month-1 12 09:30`: the 12th of last month.

    Raises ValueError.
    """
    if ago := _AGO.fullmatch(written):
        unit = timedelta(minutes=1) if ago[2] == "m" else timedelta(hours=1)
        return anchor - int(ago[1]) * unit
    if days := _DAYS.fullmatch(written):
        day = anchor - timedelta(days=int(days[1]))
        return day.replace(hour=int(days[2]), minute=int(days[3]), second=0)
    if months := _MONTHS.fullmatch(written):
        year, month = divmod(anchor.year * 12 + anchor.month - 1 - int(months[1]), 12)
        return datetime(year, month + 1, int(months[2]), int(months[3]), int(months[4]), tzinfo=UTC)
    raise ValueError(f"not a moment: {written!r}")


def filled(text: str, sent: datetime) -> str:
    """The text with each `{{+3:%d.%m.%Y}}` replaced: the day of sending plus three days, as strftime(3) writes it."""
    if "{{" not in text:
        return text
    return _TOKEN.sub(lambda found: (sent + timedelta(days=int(found[1] or 0))).strftime(found[2]), text)
