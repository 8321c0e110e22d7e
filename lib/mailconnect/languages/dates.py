"""Days and times of day in words. All times are UTC: no server knows where its reader is."""

from datetime import UTC, datetime

from mailconnect.languages.words import marked, said, spoken

_MONTHS = (
    marked("January"),
    marked("February"),
    marked("March"),
    marked("April"),
    marked("May"),
    marked("June"),
    marked("July"),
    marked("August"),
    marked("September"),
    marked("October"),
    marked("November"),
    marked("December"),
)


def day(seconds: int) -> str:
    """Like "18 November 2026"."""
    at = datetime.fromtimestamp(seconds, UTC)
    number = "1er" if spoken().code == "fr" and at.day == 1 else str(at.day)
    # Translators: a date, for example 18 November 2026. In Japanese the month is a number with 月.
    return said(marked("%(day)s %(month)s %(year)s", day=number, month=_MONTHS[at.month - 1], year=at.year))


def moment(seconds: int) -> str:
    """Like "18 November 2026, 14:05 UTC"."""
    at = datetime.fromtimestamp(seconds, UTC)
    clock = f"{at:%H:%M}"
    # Translators: a date and a time of day.
    return said(marked("%(day)s, %(time)s UTC", day=day(seconds), time=clock))
