"""The one date grammar: every operator of time takes all of it.

| written | the instant |
|---|---|
| `today`, `yesterday`, `tomorrow` | the beginning of that day |
| `2026-11-02`, `2026/11/02`, `20261102`, `2026-11`, `2026` | the beginning of that day, month or year |
| `7d`, `2w`, `3m`, `1y` | the same time of day, so many days, weeks, months or years ago |
| `12h` | so many hours ago |
| `2026-11-02T09:00`, `2026-11-02T09:00:30Z`, `2026-11-02 09:00+01:00` (RFC 3339) | that instant |
| `1793577600` (ten digits) | that second since 1970 |

Days and times without an offset are those of the given zone. A day begins at its first instant, also where summer time
skips midnight. So `after:2026-11-02` takes that whole day in, `before:2026-11-02` leaves it out, and both of two
neighbouring days make one day. A month ago on the 31st is the last day of a shorter month.
"""

import re
from calendar import monthrange
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from mailconnect.mail.query.errors import QueryError, shown

_AGO = re.compile(r"([0-9]{1,5}) ?(h|d|w|m|y|hours?|days?|weeks?|months?|years?)(?: ago)?")
_DAY = re.compile(r"([0-9]{4})(?:([-/.])([0-9]{1,2})(?:\2([0-9]{1,2}))?)?")
_BASIC_DAY = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")
_INSTANT = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})[T ]([0-9]{2}):([0-9]{2})(?::([0-5][0-9])(?:\.[0-9]{1,9})?)?"
    r"(?:(Z)|([+-])([01][0-9]|2[0-3]):?([0-5][0-9]))?",
    re.IGNORECASE,
)
_EPOCH = re.compile(r"[0-9]{10}")
_OTHER_ORDER = re.compile(r"[0-9]{1,2}([-/.])[0-9]{1,2}\1(?:[0-9]{4}|[0-9]{2})")
_WORDS = {"today": 0, "yesterday": -1, "tomorrow": 1}
_FIRST_YEAR = 1970


def moment(text: str, zone: ZoneInfo, now: datetime) -> datetime:
    """In UTC and whole seconds. `now` has an offset. Raises QueryError."""
    written = text.strip().lower()
    try:
        instant = _read(written, zone, now.astimezone(zone))
        if instant is not None and instant.astimezone(UTC).year >= _FIRST_YEAR:
            return instant.astimezone(UTC).replace(microsecond=0)
    except (ValueError, OverflowError):
        instant = None
    if _OTHER_ORDER.fullmatch(written):
        raise QueryError(f"`{shown(text)}` could be two dates; write the year first, such as `2026-11-02`.")
    raise QueryError(
        f"`{shown(text)}` is not a date; write a day as `2026-11-02`, `today` or `yesterday`, "
        f"or an age as `7d`, `2w`, `3m` or `1y`."
    )


def _read(written: str, zone: ZoneInfo, local: datetime) -> datetime | None:
    midnight = datetime(local.year, local.month, local.day, tzinfo=zone)
    if written in _WORDS:
        return midnight + timedelta(days=_WORDS[written])
    if match := _AGO.fullmatch(written):
        return _ago(int(match[1]), match[2][0], local)
    if match := _DAY.fullmatch(written):
        return datetime(int(match[1]), int(match[3] or 1), int(match[4] or 1), tzinfo=zone)
    if match := _BASIC_DAY.fullmatch(written):
        return datetime(int(match[1]), int(match[2]), int(match[3]), tzinfo=zone)
    if match := _INSTANT.fullmatch(written):
        return _instant(match, zone)
    if _EPOCH.fullmatch(written):
        return datetime.fromtimestamp(int(written), UTC)
    return None


def _ago(count: int, unit: str, local: datetime) -> datetime:
    """Days and longer go by the clock on the wall, hours by the clock that never stops."""
    if unit == "h":
        return local.astimezone(UTC) - timedelta(hours=count)
    if unit in "dw":
        return local - timedelta(days=count * (7 if unit == "w" else 1))
    months = local.year * 12 + local.month - 1 - count * (12 if unit == "y" else 1)
    year, month = divmod(months, 12)
    return local.replace(fold=0, year=year, month=month + 1, day=min(local.day, monthrange(year, month + 1)[1]))


def _instant(match: re.Match[str], zone: ZoneInfo) -> datetime:
    year, month, day, hour, minute = (int(part) for part in match.group(1, 2, 3, 4, 5))
    wall = datetime(year, month, day, hour, minute, int(match[6] or 0), tzinfo=zone)
    if match[7]:
        return wall.replace(tzinfo=UTC)
    if match[8]:
        ahead = timedelta(hours=int(match[9]), minutes=int(match[10]))
        return wall.replace(tzinfo=UTC) - (ahead if match[8] == "+" else -ahead)
    return wall
