import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailconnect.render.budget import cut, shares


def test_a_short_text_is_whole_and_says_nothing() -> None:
    piece = cut("short", longest=10)
    assert (piece.text, piece.next_offset, piece.note) == ("short", None, "")


def test_a_long_text_is_cut_at_a_paragraph_and_says_where_to_go_on() -> None:
    text = ("x" * 89 + "\n\n") * 500
    piece = cut(text, longest=12_000)
    assert piece.text.endswith("x\n\n")
    assert piece.next_offset == 131 * 91
    assert piece.note == "[cut at 11,921 of 45,500 characters; offset 11921 reads on]"
    rest = cut(text, offset=piece.next_offset, longest=12_000)
    assert rest.note == "[from 11,921 cut at 23,842 of 45,500 characters; offset 23842 reads on]"


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("one two\nthree four", "one two\n"),
        ("one two. three four", "one two. "),
        ("one two three four", "one two "),
        ("onetwothreefour", "onetwothr"),
    ],
)
def test_without_a_paragraph_a_line_a_sentence_or_a_word_ends(text: str, first: str) -> None:
    assert cut(text, longest=9).text == first


def test_an_offset_past_the_end_says_so() -> None:
    assert cut("abc", offset=9, longest=5).note == "[nothing at offset 9: the text has 3 characters]"
    assert cut("abc", offset=1, longest=5).note == "[from 1 to the end, 3 characters]"


@given(st.text(st.sampled_from("ab. \n")), st.integers(-2, 20))
def test_pieces_together_are_the_text(text: str, longest: int) -> None:
    read, offset, count = "", 0, 0
    while True:
        piece = cut(text, offset=offset, longest=longest)
        assert len(piece.text) <= max(1, longest)
        read += piece.text
        if piece.next_offset is None:
            break
        assert piece.next_offset > offset
        offset, count = piece.next_offset, count + 1
        assert count <= len(text)
    assert read == text


def test_the_space_that_short_texts_leave_goes_to_longer_ones() -> None:
    assert shares([100, 9_000, 9_000], each=12_000, together=10_100) == [100, 5_000, 5_000]
    assert shares([100, 200], each=150, together=10_000) == [100, 150]
    assert shares([], each=1, together=1) == []


@given(st.lists(st.integers(0, 1_000), max_size=12), st.integers(0, 500), st.integers(-5, 3_000))
def test_shares_never_exceed_what_is_wanted_or_there(wanted: list[int], each: int, together: int) -> None:
    given_out = shares(wanted, each=each, together=together)
    assert sum(given_out) <= max(0, together)
    assert all(0 <= got <= min(want, each) for got, want in zip(given_out, wanted, strict=True))
