import contextlib
import zoneinfo
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailconnect.mail.moment import UnknownZone, printed, zone_named


@pytest.mark.parametrize(
    ("instant", "zone", "text"),
    [
        (datetime(2026, 11, 30, 8, 12, 59, tzinfo=UTC), "Europe/Berlin", "2026-11-30 09:12+01:00"),
        (datetime(2026, 7, 1, 8, 12, tzinfo=UTC), "Europe/Berlin", "2026-07-01 10:12+02:00"),
        (datetime(2026, 11, 30, 8, 12, tzinfo=UTC), "America/St_Johns", "2026-11-30 04:42-03:30"),
        (datetime(2026, 11, 30, 8, 12, tzinfo=UTC), "UTC", "2026-11-30 08:12+00:00"),
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "Europe/Berlin", "2026-10-25 02:30+02:00"),
        (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), "Europe/Berlin", "2026-10-25 02:30+01:00"),
        (
            datetime(2026, 11, 30, 9, 12, tzinfo=timezone(timedelta(hours=1))),
            "Asia/Kathmandu",
            "2026-11-30 13:57+05:45",
        ),
        (datetime(1890, 1, 1, tzinfo=UTC), "Europe/Berlin", "1890-01-01 00:53+00:53"),
    ],
)
def test_an_instant_is_printed_with_the_offset_of_its_zone(instant, zone, text):
    assert printed(instant, zone_named(zone)) == text


@pytest.mark.parametrize("name", ["Europe/Berlin", "europe/berlin", "EUROPE/BERLIN", "UTC", "utc", "Etc/GMT+5", "CET"])
def test_a_zone_has_its_iana_name_in_any_case(name):
    assert zone_named(name).key.casefold() == name.casefold()


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Europe/Berln", "There is no time zone `Europe/Berln`; did you mean `Europe/Berlin`?"),
        ("Berlin", "did you mean `Europe/Berlin`?"),
        ("New York", "did you mean `America/New_York`?"),
        ("America/NewYork", "did you mean `America/New_York`?"),
        ("PST", "did you mean `America/Los_Angeles`?"),
        ("CEST", "did you mean `Europe/Berlin`?"),
        ("Tokio", "did you mean `Asia/Tokyo`?"),
        ("Europe", "write an IANA name such as `Europe/Berlin`"),
        ("+01:00", "write an IANA name"),
        ("", "There is no time zone ``; write an IANA name"),
        ("../../etc/passwd", "write an IANA name"),
        ("/etc/localtime", "write an IANA name"),
        ("Europe/Berlin\x00", "There is no time zone"),
        ("x" * 10_000, "There is no time zone"),
    ],
)
def test_an_unknown_zone_is_an_error_that_names_the_nearest(name, said):
    with pytest.raises(UnknownZone) as raised:
        zone_named(name)
    assert said in raised.value.text
    assert len(raised.value.text) < 250


@given(st.text(max_size=80))
def test_no_name_raises_anything_else(name):
    with contextlib.suppress(UnknownZone):
        assert isinstance(zone_named(name), ZoneInfo)


def test_a_machine_without_zones_has_those_of_the_package():
    zoneinfo.reset_tzpath([])
    ZoneInfo.clear_cache()
    try:
        assert (
            printed(datetime(2026, 11, 30, 8, 12, tzinfo=UTC), zone_named("Europe/Berlin")) == "2026-11-30 09:12+01:00"
        )
        with pytest.raises(UnknownZone, match="did you mean `Europe/Berlin`"):
            zone_named("Berlin")
    finally:
        zoneinfo.reset_tzpath()
        ZoneInfo.clear_cache()
