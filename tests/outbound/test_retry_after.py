import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailconnect.outbound.retry_after import retry_after

NOW = 1_445_412_475  # Wed, 21 Oct 2015 07:27:55 GMT


@pytest.mark.row("F-02")
@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120),
        (" 5 ", 5),
        ("0", 1),
        ("999999999", 3600),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 5),
        ("Wed, 21 Oct 2015 07:00:00 GMT", 1),
        ("Fri, 31 Dec 2099 23:59:59 GMT", 3600),
        ("Wednesday, 21-Oct-15 07:28:00 GMT", 5),
        (None, None),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("1" * 30, None),
        ("\u0661\u0662", None),
        ("Wed, 99 Oct 2015 07:28:00 GMT", None),
    ],
)
def test_seconds_and_dates_are_read_and_clamped(value, seconds):
    assert retry_after(value, now=NOW) == seconds


@given(st.text(max_size=80))
def test_no_header_raises(value):
    seconds = retry_after(value, now=NOW)
    assert seconds is None or 1 <= seconds <= 3600
