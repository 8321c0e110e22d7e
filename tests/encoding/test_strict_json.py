"""RFC 8259 and no more: two parsers must not read one document differently."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailconnect.encoding.strict_json import NotJson, loads


@pytest.mark.row("RG-01")
@pytest.mark.parametrize(
    "data",
    [
        b"",
        b" ",
        b"{",
        b'{"a": 1',
        b'{"a": 1}}',
        b"{} {}",
        b"{'a': 1}",
        b'{"a": 1,}',
        b"[1,]",
        b"nul",
        b"True",
        b"01",
        b"+1",
        b".5",
        b"1.",
        b"0x10",
        b"// a comment\n{}",
        b"\xff",
        b'"\xc0\xaf"',
        b'"\xed\xa0\x80"',
        b'"\x00"',
        b'"\n"',
        '{"a": "é"}'.encode("utf-16"),
        '{"a": "é"}'.encode("latin-1"),
    ],
)
def test_a_text_that_is_not_json_is_refused(data: bytes) -> None:
    with pytest.raises(NotJson):
        loads(data)


@pytest.mark.row("RG-03")
@pytest.mark.parametrize(
    "data",
    [
        b'{"a": 1, "a": 1}',
        b'{"a": 1, "\\u0061": 2}',
        b'[{"b": {"a": 1, "a": 2}}]',
        b"NaN",
        b"[Infinity]",
        b"-Infinity",
        b"1e999",
        b'{"a": -1e999}',
        b"1" * 5000,
        b'"\\ud800"',
        b'"\\uDC00"',
        b'{"\\ud800": 1}',
        b'"\\udc00\\ud800"',
        b'[["\\uD83D"]]',
        b'"\\u0000"',
        b'{"a\\u0000": 1}',
        b"\xef\xbb\xbf{}",
        b"[" * 100_000 + b"]" * 100_000,
        b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
        b"[" * 100_000,
    ],
)
def test_a_document_that_parsers_read_differently_is_refused(data: bytes) -> None:
    with pytest.raises(NotJson):
        loads(data)


def test_a_pair_of_surrogate_escapes_is_one_character() -> None:
    assert loads(b'{"\\ud83e\\udd84": "\\uD83D\\uDE00 \\\\ud800"}') == {"🦄": "😀 \\ud800"}


_TEXT = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00"), max_size=9)
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats(allow_nan=False, allow_infinity=False) | _TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_TEXT, inner, max_size=4),
    max_leaves=9,
)


@given(_VALUES, st.booleans())
def test_everything_else_is_read_as_it_was_written(value: Any, ascii_only: bool) -> None:
    assert loads(json.dumps(value, ensure_ascii=ascii_only).encode()) == value


@given(st.binary() | st.text('{}[]",:\\ud0eE-1. \n').map(str.encode))
def test_no_bytes_are_more_than_refused(data: bytes) -> None:
    try:
        value = loads(data)
    except NotJson:
        return
    json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
