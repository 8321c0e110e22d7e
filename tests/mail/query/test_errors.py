import pytest

from mailconnect.mail.query.errors import QueryError, shown


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", ""),
        ("x" * 40, "x" * 40),
        ("x" * 41, "x" * 40 + "…"),
        ("a\nb\x1b[0m\u202e", "a?b?[0m?"),
        ("für Zoë", "für Zoë"),
    ],
)
def test_a_piece_of_the_query_is_repeated_short_and_printable(text, said):
    assert shown(text) == said


def test_a_longer_piece_is_repeated_where_its_error_needs_it():
    assert shown("x" * 60, longest=50) == "x" * 50 + "…"


def test_an_error_shows_no_word_of_the_query_in_a_log():
    error = QueryError("`secret` is not a date", 3)
    assert (error.text, error.position) == ("`secret` is not a date", 3)
    assert "secret" not in repr(error)
