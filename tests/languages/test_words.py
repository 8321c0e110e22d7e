"""Sentences in the language of the page, and dates in each one's way."""

import pytest

from mailconnect.languages import dates
from mailconnect.languages.language import LANGUAGES
from mailconnect.languages.words import marked, said, speaking, spoken

BY_CODE = {language.code: language for language in LANGUAGES}
NOVEMBER_18 = 1_795_007_100
MARCH_1 = 1_772_323_200


def test_a_marked_sentence_is_the_english_text() -> None:
    assert marked("Known assistant") == "Known assistant"
    assert marked("In Fastmail: %(where)s.", where="here") == "In Fastmail: here."
    assert str(marked("%(a)s", a="b")) == "b"
    assert type(str(marked("%(a)s", a="b"))) is str


def test_a_sentence_is_said_in_the_language_of_the_page_and_in_english_after_it() -> None:
    with speaking(BY_CODE["de"]):
        assert said(marked("Known assistant")) == "Bekannter Assistent"
        with speaking(BY_CODE["fr"]):
            assert said(marked("Known assistant")) == "Assistant connu"
        assert spoken().code == "de"
    assert said(marked("Known assistant")) == "Known assistant"


def test_a_pattern_is_translated_with_the_marked_text_in_it() -> None:
    hint = marked("In Fastmail: %(where)s.", where=marked("your account page"))
    assert hint == "In Fastmail: your account page."
    with speaking(BY_CODE["ja"]):
        assert said(hint) == "Fastmail では：アカウントのページ。"


def test_text_that_is_in_no_catalog_stays_as_it_is() -> None:
    with speaking(BY_CODE["de"]):
        assert said("Poke") == "Poke"
        assert said("") == ""
        assert said("100 % of %(it)s") == "100 % of %(it)s"


@pytest.mark.parametrize(
    ("code", "day", "first", "moment"),
    [
        ("en", "18 November 2026", "1 March 2026", "18 November 2026, 13:05 UTC"),
        ("de", "18. November 2026", "1. März 2026", "18. November 2026, 13:05 Uhr UTC"),
        ("fr", "18 novembre 2026", "1er mars 2026", "18 novembre 2026 à 13:05 UTC"),
        ("ja", "2026年11月18日", "2026年3月1日", "2026年11月18日 13:05（UTC）"),
    ],
)
def test_dates_are_written_in_each_language_s_way(code: str, day: str, first: str, moment: str) -> None:
    with speaking(BY_CODE[code]):
        assert (dates.day(NOVEMBER_18), dates.day(MARCH_1), dates.moment(NOVEMBER_18)) == (day, first, moment)
