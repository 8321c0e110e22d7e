import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct

from mailconnect.encoding import fast_json

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


class Named(Struct):
    name: str
    number: int = 0


@given(JSON)
def test_a_value_is_read_as_it_was_written(value):
    written = fast_json.encode(value)
    assert fast_json.decode(written) == json.loads(written) == value


def test_it_is_compact_utf_8_on_one_line():
    assert fast_json.encode({"a": ["\u00e4\n", 1, True, None]}) == '{"a":["\u00e4\\n",1,true,null]}'.encode()


def test_half_a_surrogate_pair_costs_one_character_and_no_answer():
    assert fast_json.decode(rb'["x\ud800y", "b"]') == ["x\ud800y", "b"]
    assert json.loads(fast_json.encode(["x\ud800y", "\ud83d\ude00"])) == ["x\ufffdy", "\N{GRINNING FACE}"]


def test_a_number_beyond_64_bits_is_written_and_read():
    assert json.loads(fast_json.encode([2**70])) == [2**70]
    assert fast_json.decode(b"[1180591620717411303424]") == [2**70]


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b'{"a":1}{', b"\xff", b"\xef\xbb\xbf{}", b"[NaN]", b"[-Infinity]", b'"\xed\xa0\x80"', b"[" * 200_000],
    ids=range(9),
)
def test_a_body_that_is_not_json_is_a_value_error(body):
    with pytest.raises(ValueError):
        fast_json.decode(body)


def test_half_a_surrogate_pair_of_a_structure_costs_one_character():
    assert json.loads(fast_json.encode(Named("x\ud800y"))) == {"name": "x\ufffdy", "number": 0}


@pytest.mark.parametrize("number", [b"1e999", b"1" + b"0" * 1000])
def test_a_number_out_of_all_bounds_is_a_number(number):
    assert fast_json.decode(number) == json.loads(number)


def test_a_value_that_json_does_not_have_is_not_written():
    with pytest.raises(ValueError):
        fast_json.encode(["\ud800", float("inf")])
