import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailconnect.mail.cursor import Cursor, CursorError, OtherSearch, UnreadableCursor, read_cursor, write_cursor

KEY = b"k" * 32
SEARCH = ("grant", "account", "is:unread", "", "Europe/Berlin", "newest")
CURSORS = st.builds(
    Cursor,
    st.integers(0, 2**40 - 1),
    st.integers(0, 2**32 - 1),
    st.none() | st.text("ABCabc019_-", min_size=1, max_size=255),
)


@given(CURSORS, st.lists(st.text(), max_size=5), st.binary(min_size=1))
def test_a_cursor_is_read_as_it_was_written(cursor, search, key):
    assert read_cursor(write_cursor(cursor, search, key), search, key) == cursor


@given(CURSORS, st.data())
def test_no_changed_character_is_taken(cursor, data):
    written = write_cursor(cursor, SEARCH, KEY)
    at = data.draw(st.integers(0, len(written) - 1))
    other = data.draw(st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=+/. é"))
    changed = written[:at] + other + written[at + 1 :]
    if changed != written:
        with pytest.raises(UnreadableCursor):
            read_cursor(changed, SEARCH, KEY)


@given(st.text() | st.binary(max_size=400).map(lambda octets: base64.urlsafe_b64encode(octets).rstrip(b"=").decode()))
def test_no_other_text_is_taken(text):
    with pytest.raises(UnreadableCursor):
        read_cursor(text, SEARCH, KEY)


@pytest.mark.parametrize("at", range(len(SEARCH)))
def test_it_belongs_to_one_search(at):
    written = write_cursor(Cursor(1_796_000_000, 15, "M15"), SEARCH, KEY)
    other = (*SEARCH[:at], SEARCH[at] + "x", *SEARCH[at + 1 :])
    with pytest.raises(OtherSearch) as raised:
        read_cursor(written, other, KEY)
    assert "another search" in raised.value.text


def test_parts_of_a_search_do_not_run_together():
    written = write_cursor(Cursor(0, 0), ("ab", "c"), KEY)
    with pytest.raises(OtherSearch):
        read_cursor(written, ("a", "bc"), KEY)


def test_another_key_reads_nothing():
    with pytest.raises(UnreadableCursor):
        read_cursor(write_cursor(Cursor(0, 15), SEARCH, KEY), SEARCH, b"x" * 32)


def test_both_errors_say_what_to_do():
    for error in (UnreadableCursor(), OtherSearch()):
        assert isinstance(error, CursorError)
        assert "search without a cursor" in str(error)
        assert error.text == str(error)


def test_neither_the_search_nor_the_same_digest_for_another_key_is_in_it():
    one, other = (write_cursor(Cursor(0, 0), SEARCH, key) for key in (KEY, b"x" * 32))
    assert base64.urlsafe_b64decode(one + "==")[1:9] != base64.urlsafe_b64decode(other + "==")[1:9]


@pytest.mark.parametrize(
    "cursor", [Cursor(-1, 0), Cursor(0, -1), Cursor(2**40, 0), Cursor(0, 2**32), Cursor(0, 0, "é" * 128)]
)
def test_a_cursor_out_of_bounds_is_not_written(cursor):
    with pytest.raises(ValueError):
        write_cursor(cursor, SEARCH, KEY)


def test_a_cursor_is_short():
    assert len(write_cursor(Cursor(1_796_000_000, 15), SEARCH, KEY)) == 46
