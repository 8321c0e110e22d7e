import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailconnect.render.characters import all_one_line, clean, one_line

ANY = st.text(st.characters(exclude_categories=()))
SPICED = st.text(
    st.sampled_from(
        "a1#é❤👩⚕\u0928\u0627\u200c\u200d\ufe0f\ufe0e\u20e3\u2800\u0301\u0323\r\n\t\u2028\ud800\U000e0041\ufeff"
    )
)
KEPT_FORMATS = frozenset("\u200c\u200d")


def forbidden(text: str) -> list[str]:
    return [
        character
        for character in text
        if (
            (unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp") and character not in "\n\t")
            and character not in KEPT_FORMATS
        )
        or 0xE0000 <= ord(character) <= 0xE0FFF
        or 0xFE00 <= ord(character) <= 0xFE0D
        or 0xFDD0 <= ord(character) <= 0xFDEF
        or character in "\u034f\u115f\u1160\u3164\uffa0"
    ]


@pytest.mark.parametrize(
    ("text", "expected", "removed"),
    [
        ("plain\tand\nsimple", "plain\tand\nsimple", 0),
        ("a\r\nb\rc", "a\nb\nc", 0),
        ("a\x00b\x1b[31m", "ab[31m", 2),
        ("a\u200bb\u202ec\u2066d\ufeff", "abcd", 4),
        ("x\U000e0049\U000e0067", "x", 2),
        ("x\U000e0101\ufe01", "x", 2),
        ("a\u034fb\u3164c\uffa0d\u115f\u1160", "abcd", 5),
        ("a\u2800b\u2800\u2800c", "a\u2800bc", 2),
        ("a\u2028b", "a\nb", 0),
        ("a\ud800b", "ab", 1),
        ("e\u0301", "é", 0),
        ("soft\u00adhyphen", "softhyphen", 1),
    ],
)
def test_invisible_characters_are_removed_and_counted(text: str, expected: str, removed: int) -> None:
    cleaned = clean(text)
    assert (cleaned.text, cleaned.removed) == (expected, removed)


@pytest.mark.parametrize(
    "text",
    [
        "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",  # Persian with its joiner
        "\u0915\u094d\u200d\u0937",  # Devanagari
        "👩\u200d⚕\ufe0f",  # health worker
        "🏳\ufe0f\u200d🌈",  # rainbow flag
        "❤\ufe0f 1\ufe0f\u20e3 ☺\ufe0e",
        "한국어 日本語 עברית ไทย Tiếng Việt",
    ],
)
def test_characters_that_a_script_or_an_emoji_needs_stay(text: str) -> None:
    assert clean(text).text == unicodedata.normalize("NFC", text)
    assert clean(text).removed == 0


@pytest.mark.parametrize("text", ["a\u200cb", "a\u200db", "a\ufe0f", "1\ufe0f", "\u0627\u200c\u200c\u0627", "\u200d"])
def test_joiners_and_selectors_without_a_use_are_removed(text: str) -> None:
    assert clean(text).removed >= 1


def test_letters_carry_no_towers_of_marks() -> None:
    assert len(clean("Z" + "\u0301\u0323" * 50_000).text) < 12


@given(ANY | SPICED)
def test_a_clean_text_is_clean_and_stays_as_it_is(text: str) -> None:
    cleaned = clean(text)
    assert not forbidden(cleaned.text)
    assert unicodedata.is_normalized("NFC", cleaned.text)
    assert clean(cleaned.text).text == cleaned.text
    assert clean(cleaned.text).removed == 0
    cleaned.text.encode()


def test_every_single_character_is_harmless_or_removed() -> None:
    everything = "x".join(map(chr, range(sys.maxunicode + 1)))
    assert not forbidden(clean(everything).text)


def test_a_name_shows_where_something_was_hidden() -> None:
    assert one_line("In\u200bbox\n") == "In\ufffdbox\ufffd"
    assert one_line("x" * 300) == "x" * 254 + "…"
    assert one_line("Архив") == "Архив"


@given(ANY | SPICED, st.integers(2, 50))
def test_a_name_is_one_short_line(text: str, longest: int) -> None:
    shown = one_line(text, longest=longest)
    assert len(shown) <= longest
    assert not forbidden(shown)
    assert "\n" not in shown
    assert "\t" not in shown


def test_many_harmless_names_come_back_as_they_are() -> None:
    names = ["Inbox", "Sent"]
    assert all_one_line(names) is names
    assert all_one_line(["a\n", "b"]) == ["a\ufffd", "b"]
    assert all_one_line([]) == []


@given(st.lists(ANY | SPICED), st.integers(2, 50))
def test_a_look_at_many_names_together_misses_none(names: list[str], longest: int) -> None:
    assert [*all_one_line(names, longest=longest)] == [one_line(name, longest=longest) for name in names]


def test_every_character_alone_is_shown_as_among_others() -> None:
    planes = (*range(0x10000), *range(0xE0000, 0xF0000))  # of the others, nothing that is removed is printable
    for character in map(chr, planes):
        assert one_line(character) == one_line(f"{character}\u200b")[:-1], ascii(character)
