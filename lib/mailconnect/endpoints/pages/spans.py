"""Times as spans: no server knows a reader's time zone, and "2 hours ago" is right in all of them."""

from datetime import UTC, datetime

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
_MOST_DAYS = 60


def ago(then: int, now: int) -> str:
    """Like "just now", "2 hours ago", "12 days ago", and "on 18 November 2026" for what is long past."""
    seconds = max(now - then, 0)
    if seconds < _MINUTE:
        return "just now"
    if seconds < _HOUR:
        return f"{_counted(seconds // _MINUTE, 'minute')} ago"
    if seconds < _DAY:
        return f"{_counted(seconds // _HOUR, 'hour')} ago"
    if seconds < _MOST_DAYS * _DAY:
        return f"{_counted(seconds // _DAY, 'day')} ago"
    return f"on {datetime.fromtimestamp(then, UTC):%-d %B %Y}"


def minutes_left(minutes: int) -> str:
    """Like "48 more minutes"; at least one."""
    return f"{_counted(max(minutes, 1), 'more minute')}"


def _counted(number: int, unit: str) -> str:
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"
