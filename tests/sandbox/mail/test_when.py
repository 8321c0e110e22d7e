from datetime import UTC, datetime

import pytest

from mailconnect.sandbox.mail.when import anchor_of, filled, moment

ANCHOR = datetime(2027, 1, 15, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("40m", datetime(2027, 1, 15, 7, 20, tzinfo=UTC)),
        ("9h", datetime(2027, 1, 14, 23, tzinfo=UTC)),
        ("3d 12:05", datetime(2027, 1, 12, 12, 5, tzinfo=UTC)),
        ("month-1 28 09:30", datetime(2026, 12, 28, 9, 30, tzinfo=UTC)),
        ("month-14 01 00:00", datetime(2025, 11, 1, tzinfo=UTC)),
    ],
)
def test_a_moment_is_relative_to_the_anchor(written, expected):
    assert moment(written, ANCHOR) == expected


@pytest.mark.parametrize("written", ["", "yesterday", "3d", "-3d 10:00", "month-1"])
def test_a_text_that_is_no_moment_is_refused(written):
    with pytest.raises(ValueError, match="not a moment"):
        moment(written, ANCHOR)


def test_the_anchor_is_the_full_hour():
    assert anchor_of(1_800_000_000) == anchor_of(1_800_003_599) == ANCHOR
    assert anchor_of(1_800_003_600) != ANCHOR


def test_days_are_filled_in_and_other_braces_stay():
    assert filled("{{+3:%d.%m.%Y}} {{:%H}} {{-1:%d}} {x} {{y}}", ANCHOR) == "18.01.2027 08 14 {x} {{y}}"
