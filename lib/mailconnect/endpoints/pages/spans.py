"""Times as spans: no server knows a reader's time zone, and "2 hours ago" is right in all of them."""

from mailconnect.languages import dates
from mailconnect.languages.words import marked, said, translated_for

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
_MAX_DAYS = 60


def ago(then: int, now: int) -> str:
    """Like "just now", "2 hours ago", "12 days ago", and "on 18 November 2026" for what is long past."""
    seconds = max(now - then, 0)
    if seconds < _MINUTE:
        return said(marked("just now"))
    if seconds < _HOUR:
        return _filled(
            translated_for("%(num)d minute ago", "%(num)d minutes ago", minutes := seconds // _MINUTE), minutes
        )
    if seconds < _DAY:
        return _filled(translated_for("%(num)d hour ago", "%(num)d hours ago", hours := seconds // _HOUR), hours)
    if seconds < _MAX_DAYS * _DAY:
        return _filled(translated_for("%(num)d day ago", "%(num)d days ago", days := seconds // _DAY), days)
    return said(marked("on %(day)s", day=dates.day(then)))


def minutes_left(minutes: int) -> str:
    """Like "48 more minutes"; at least one."""
    left = max(minutes, 1)
    return _filled(translated_for("%(num)d more minute", "%(num)d more minutes", left), left)


def _filled(pattern: str, number: int) -> str:
    return pattern % {"num": number}
