from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from mailconnect.mail.query.dates import moment
from mailconnect.mail.query.errors import QueryError

NOW = datetime(2026, 11, 30, 8, 12, 30, 500, tzinfo=UTC)


def utc(text, zone="Europe/Berlin", now=NOW):
    return f"{moment(text, ZoneInfo(zone), now):%Y-%m-%dT%H:%M:%SZ}"


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("today", "2026-11-29T23:00:00Z"),
        ("Yesterday", "2026-11-28T23:00:00Z"),
        ("tomorrow", "2026-11-30T23:00:00Z"),
        ("2026-11-02", "2026-11-01T23:00:00Z"),
        ("2026-7-2", "2026-07-01T22:00:00Z"),
        ("2026/11/02", "2026-11-01T23:00:00Z"),
        ("2026.11.02", "2026-11-01T23:00:00Z"),
        ("20261102", "2026-11-01T23:00:00Z"),
        ("2026-11", "2026-10-31T23:00:00Z"),
        ("2026", "2025-12-31T23:00:00Z"),
        ("7d", "2026-11-23T08:12:30Z"),
        ("0d", "2026-11-30T08:12:30Z"),
        ("2w", "2026-11-16T08:12:30Z"),
        ("1m", "2026-10-30T08:12:30Z"),
        ("9m", "2026-02-28T08:12:30Z"),
        ("1y", "2025-11-30T08:12:30Z"),
        ("12h", "2026-11-29T20:12:30Z"),
        ("3 months ago", "2026-08-30T07:12:30Z"),
        ("2026-11-02T09:00", "2026-11-02T08:00:00Z"),
        ("2026-11-02t09:00:30.25z", "2026-11-02T09:00:30Z"),
        ("2026-11-02 09:00+01:00", "2026-11-02T08:00:00Z"),
        ("2026-11-02T09:00-0330", "2026-11-02T12:30:00Z"),
        ("1793577600", "2026-11-02T00:00:00Z"),
        ("1970-06-01", "1970-05-31T23:00:00Z"),
    ],
)
def test_the_one_date_grammar(text, instant):
    assert utc(text) == instant


def test_today_is_today_in_the_zone_and_not_in_utc():
    late = datetime(2026, 11, 30, 23, 30, tzinfo=UTC)
    assert utc("today", "Europe/Berlin", late) == "2026-11-30T23:00:00Z"
    assert utc("today", "America/Los_Angeles", late) == "2026-11-30T08:00:00Z"
    assert utc("today", "Pacific/Kiritimati", late) == "2026-11-30T10:00:00Z"


def test_a_day_of_summer_time_has_23_or_25_hours():
    assert (utc("2026-03-29"), utc("2026-03-30")) == ("2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z")
    assert (utc("2026-10-25"), utc("2026-10-26")) == ("2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z")


def test_where_summer_time_skips_midnight_the_day_begins_at_its_first_instant():
    """In Cairo the clocks go from 24:00 on a Thursday to 01:00 on Friday."""
    assert utc("2026-04-24", "Africa/Cairo") == "2026-04-23T22:00:00Z"
    assert utc("2011-12-30", "Pacific/Apia") == utc("2011-12-31", "Pacific/Apia")


def test_days_ago_go_by_the_clock_on_the_wall():
    monday = datetime(2026, 3, 30, 7, 0, tzinfo=UTC)
    assert utc("2d", now=monday) == "2026-03-28T08:00:00Z"
    assert utc("48h", now=monday) == "2026-03-28T07:00:00Z"


def test_a_time_that_summer_time_skips_is_the_instant_after_it():
    sunday_and_a_day = datetime(2026, 3, 30, 0, 30, tzinfo=UTC)
    assert utc("1d", now=sunday_and_a_day) == "2026-03-29T01:30:00Z"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "now",
        "7",
        "7q",
        "99999y",
        "99999d",
        "2026-13-01",
        "2026-11-31",
        "0000",
        "1969-12-31",
        "9999999999999",
        "2026-11-02T24:00",
        "2026-11-02T09:60",
        "2026-11-02T09:00+24:00",
        "٢٠٢٦-١١-٠٢",
        "2026-11/02",
        "monday",
        "-7d",
    ],
)
def test_anything_else_is_an_error(text):
    with pytest.raises(QueryError, match="is not a date; write a day as"):
        moment(text, ZoneInfo("UTC"), NOW)
