"""RFC 9111 §4.2: for how long a host lets its answer be used again, within a day."""

import pytest

from mailconnect.client_documents.freshness import LONGEST, UNSAID, lifetime

DATE = ("date", "Wed, 25 Nov 2026 10:00:00 GMT")


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ([], UNSAID),
        ([("cache-control", "public")], UNSAID),
        ([("cache-control", "max-age=60")], 60),
        ([("cache-control", "public, MAX-AGE=60, must-revalidate")], 60),
        ([("cache-control", 'max-age="60"')], 60),
        ([("cache-control", "max-age=60, s-maxage=10")], 10),
        ([("cache-control", "max-age=60"), ("cache-control", "max-age=10")], 10),
        ([("cache-control", "max-age=10"), ("cache-control", "max-age=60")], 10),
        ([("cache-control", "max-age=60"), ("cache-control", "no-store")], 0),
        ([("cache-control", "no-cache")], 0),
        ([("cache-control", "private, max-age=60")], 0),
        ([("cache-control", "max-age=0")], 0),
        ([("cache-control", "max-age=-1")], 0),
        ([("cache-control", "max-age=abc")], 0),
        ([("cache-control", "max-age=60X")], 0),
        ([("cache-control", "max-age")], 0),
        ([("cache-control", "max-age=000000000060")], 60),
        ([("cache-control", "max-age=99999999999999999999")], LONGEST),
        ([("cache-control", "max-age=604800")], LONGEST),
        ([("cache-control", "max-age=60"), ("age", "20")], 40),
        ([("cache-control", "max-age=60"), ("age", "90")], 0),
        ([("cache-control", "max-age=2147483700"), ("age", "2147483648")], 0),
        ([("cache-control", "max-age=10000000000"), ("age", "2147483000")], 648),
        ([("cache-control", "max-age=60"), ("expires", "0")], 60),
        ([("expires", "Wed, 25 Nov 2026 10:05:00 GMT"), DATE], 300),
        ([("expires", "Wed, 25 Nov 2026 10:05:00 GMT"), DATE, ("age", "100")], 200),
        ([("expires", "Wed, 25 Nov 2026 09:05:00 GMT"), DATE], 0),
        ([("expires", "Thu, 25 Nov 2027 10:00:00 GMT"), DATE], LONGEST),
        ([("expires", "0"), DATE], 0),
        ([("expires", "Wed, 25 Nov 2026 10:05:00 GMT")], 0),
    ],
)
def test_an_answer_is_fresh_as_long_as_its_headers_say(headers: list[tuple[str, str]], seconds: int) -> None:
    assert lifetime(headers) == seconds


def test_no_document_is_kept_for_longer_than_a_day() -> None:
    assert LONGEST == 86_400
