import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct
from msgspec.json import Decoder

from mailconnect.jmap.response import decode, decode_as, flag, identifier, mapping, text
from mailconnect.mail.errors import UnexpectedAnswer

GARBAGE = [
    b"",
    b" ",
    b"<!doctype html><title>502</title>",
    b"{",
    b'{"a":1}{',
    b"\xff\xfe{}",
    b"\xef\xbb\xbf\xef\xbb\xbf{}",
    b"[NaN]",
    b"[-Infinity]",
    b"[" * 200_000,
    b'{"a":' * 100_000,
    b"[1" + b"0" * 5000 + b"]",
    b'"\xed\xa0\x80"',
    b"Invalid Authorization bearer parameters, not valid format",
]


@pytest.mark.row("F-06")
@pytest.mark.parametrize("body", GARBAGE, ids=range(len(GARBAGE)))
def test_a_body_that_is_not_json_is_an_unexpected_answer(body):
    with pytest.raises(UnexpectedAnswer):
        decode(body)


def test_a_byte_order_mark_is_skipped():
    assert decode(b'\xef\xbb\xbf{"a": 1}') == {"a": 1}


@given(st.binary())
def test_no_bytes_raise_anything_else(body):
    with contextlib.suppress(UnexpectedAnswer):
        decode(body)


@pytest.mark.parametrize("read", [identifier, flag, text, mapping])
@pytest.mark.parametrize("value", [None, [], 1.5, -1, 2**53, ["a"]])
def test_a_value_of_the_wrong_type_is_an_unexpected_answer(read, value):
    with pytest.raises(UnexpectedAnswer):
        read(value, "it")


@pytest.mark.parametrize("value", ["", "a b", "\u00e4", "x" * 256, "a\n", 7, None, True])
def test_an_id_is_1_to_255_visible_characters(value):
    with pytest.raises(UnexpectedAnswer):
        identifier(value, "it")


def test_a_long_string_is_refused():
    with pytest.raises(UnexpectedAnswer):
        text("x" * 1025, "it")


class Named(Struct):
    name: str
    number: int = 0


NAMED = Decoder(Named)


def test_it_is_read_into_the_type_that_is_wanted():
    assert decode_as(NAMED, b'{"name": "x", "more": [1e999]}') == Named("x")


@pytest.mark.parametrize("body", GARBAGE, ids=range(len(GARBAGE)))
def test_a_body_that_is_not_json_is_an_unexpected_answer_where_a_type_is_wanted_too(body):
    with pytest.raises(UnexpectedAnswer):
        decode_as(NAMED, body)


@pytest.mark.parametrize("body", [b"{}", b"[]", b'{"name": 1}', b'{"name": "x", "number": 1e999}'], ids=str)
def test_a_body_of_another_shape_is_told_apart_from_one_that_is_no_json(body):
    with pytest.raises(UnexpectedAnswer, match=r"^(?!the body is not JSON)"):
        decode_as(NAMED, body)


def test_half_a_surrogate_pair_costs_one_character_of_what_is_read_into_a_type_too():
    body = rb'{"name": "x\ud800y \ud83d\ude00", "number": 18446744073709551616}'
    assert decode_as(NAMED, body) == Named("x\ufffdy \N{GRINNING FACE}", 2**64)


def test_an_endless_number_and_half_a_surrogate_pair_together_cost_no_more():
    assert decode_as(NAMED, rb'{"name": "x\ud800", "more": [1e999, -1e999]}') == Named("x\ufffd")
