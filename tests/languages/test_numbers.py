"""Numbers and sizes in each language's way, and names in none."""

import pytest

from mailconnect.languages import numbers
from mailconnect.languages.language import LANGUAGES
from mailconnect.languages.words import Name, marked, said, speaking

BY_CODE = {language.code: language for language in LANGUAGES}


@pytest.mark.parametrize(
    ("code", "count", "sizes"),
    [
        ("en", "3,000", ["1 byte", "999 bytes", "184 kB", "1.2 MB"]),
        ("de", "3.000", ["1 Byte", "999 Byte", "184 kB", "1,2 MB"]),
        ("fr", "3\N{NARROW NO-BREAK SPACE}000", ["1 octet", "999 octets", "184 ko", "1,2 Mo"]),
        ("ja", "3,000", ["1バイト", "999バイト", "184 KB", "1.2 MB"]),
    ],
)
def test_numbers_and_sizes_are_written_in_each_language_s_way(code: str, count: str, sizes: list[str]) -> None:
    with speaking(BY_CODE[code]):
        assert numbers.number(3_000) == count
        assert [numbers.size(octets) for octets in (1, 999, 184_200, 1_240_000)] == sizes


def test_a_name_stays_as_it_is_even_where_it_is_a_word_of_the_catalogs() -> None:
    with speaking(BY_CODE["de"]):
        assert said("May") == "Mai"
        assert said(marked("Disconnect %(name)s", name=Name("May"))) == "May trennen"
