import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailconnect.mcp.errors import InvalidRequest, ParseError, ProtocolError
from mailconnect.mcp.message import LONGEST_BODY, Notification, RpcRequest, decode, read

CALL = b'{"jsonrpc":"2.0","id":1,"method":"tools/list"}'

NOT_JSON = [
    b"",
    b" \n",
    b"{",
    b"}",
    b"nul",
    b"<html>",
    b"{'a': 1}",
    b'{"a": 1,}',
    b'{"a" 1}',
    b'{"a": 01}',
    b'{"a": .5}',
    b'{"a": "\n"}',
    b'{"a": "\x00"}',
    b'"\\x41"',
    b'"unterminated',
    b'"' + b'\\"' * 100_000,
    b'{"a": NaN}',
    b'{"a": Infinity}',
    b'{"a": -Infinity}',
    b'{"id": 1, "id": 2}',
    b'{"params": {"name": "a", "name": "b"}}',
    b'{"params": {"n\\u0061me": "a", "name": "b"}}',
    b"\xff\xfe",
    b"\xef\xbb\xbf{}",
    b'{"a": "\xc3\x28"}',
    b'{"a": "\xed\xa0\x80"}',
    b'{"a": "\\ud800"}',
    b'{"a": "\\udc00\\ud800"}',
    b'{"\\udfff": 1}',
    b"[" * 5000 + b"]" * 5000,
    b'{"a":' * 5000 + b"1" + b"}" * 5000,
    b"[" * 200_000,
    b"[" * 65 + b"]" * 65,
    CALL + CALL,
    CALL + b"\x00",
    b" " * (LONGEST_BODY + 1),
]


@pytest.mark.row("MC-13")
@pytest.mark.parametrize("body", NOT_JSON, ids=range(len(NOT_JSON)))
def test_invalid_json_is_a_parse_error(body):
    with pytest.raises(ParseError):
        decode(body)


@pytest.mark.row("MC-13")
def test_nesting_is_counted_outside_of_strings_only():
    assert decode(b"[" * 64 + b"]" * 64)
    assert decode(json.dumps({"a": "[{" * 1000 + '"\\' * 10}).encode())


@pytest.mark.row("MC-13")
@pytest.mark.parametrize("start", [b'"', b'"\\', b"[", b"[]", b'""', b'\\"'])
def test_no_body_takes_long_to_refuse(start):
    body = (start * LONGEST_BODY)[:LONGEST_BODY]
    with pytest.raises(ParseError):
        decode(body)


def test_a_pair_of_surrogates_is_one_character():
    assert decode(b'{"a": "\\ud83d\\ude00"}') == {"a": "\N{GRINNING FACE}"}


@pytest.mark.row("MC-14")
@pytest.mark.parametrize("number", ["1.5e400", "-1e999", "1" * 21, "1" * 5000])
def test_a_number_out_of_range_is_an_invalid_request(number):
    with pytest.raises(InvalidRequest):
        decode(b'{"jsonrpc":"2.0","method":"ping","id":%s}' % number.encode())


NOT_A_MESSAGE = [
    None,
    True,
    5,
    "x",
    [],
    [{"jsonrpc": "2.0", "id": 1, "method": "ping"}],
    {},
    {"id": 1, "method": "ping"},
    {"jsonrpc": "1.0", "id": 1, "method": "ping"},
    {"jsonrpc": 2.0, "id": 1, "method": "ping"},
    {"jsonrpc": "2.0", "id": None, "method": "ping"},
    {"jsonrpc": "2.0", "id": {}, "method": "ping"},
    {"jsonrpc": "2.0", "id": [1], "method": "ping"},
    {"jsonrpc": "2.0", "id": True, "method": "ping"},
    {"jsonrpc": "2.0", "id": 1.5, "method": "ping"},
    {"jsonrpc": "2.0", "id": 1.5, "method": "ping"},
    {"jsonrpc": "2.0", "id": 1e300, "method": "ping"},
    {"jsonrpc": "2.0", "id": 1},
    {"jsonrpc": "2.0", "id": 1, "method": None},
    {"jsonrpc": "2.0", "id": 1, "method": ""},
    {"jsonrpc": "2.0", "id": 1, "method": ["ping"]},
    {"jsonrpc": "2.0", "id": 1, "method": "ping", "params": [1]},
    {"jsonrpc": "2.0", "id": 1, "method": "ping", "params": "x"},
    {"jsonrpc": "2.0", "method": "ping", "params": 5},
    {"jsonrpc": "2.0", "id": 1, "result": {}},
    {"jsonrpc": "2.0", "id": 1, "error": {"code": 1, "message": "x"}},
]


@pytest.mark.row("MC-14")
@pytest.mark.parametrize("value", NOT_A_MESSAGE, ids=json.dumps)
def test_a_value_that_is_no_single_request_or_notification_is_invalid(value):
    with pytest.raises(InvalidRequest):
        read(value)


@pytest.mark.parametrize("ident", [1, -7, 0, "a", "", 2**63])
def test_a_request_has_a_string_or_an_integer_for_its_id(ident):
    message = read({"jsonrpc": "2.0", "id": ident, "method": "ping", "params": {"_meta": {"a": 1}}, "extra": 1})
    assert message == RpcRequest(ident, "ping", {"_meta": {"a": 1}}, {"a": 1})
    assert message.meta == {"a": 1}


def test_without_an_id_it_is_a_notification():
    message = read({"jsonrpc": "2.0", "method": "notifications/initialized"})
    assert message == Notification("notifications/initialized", {})
    assert read({"jsonrpc": "2.0", "method": "x", "params": None}).params == {}
    assert read({"jsonrpc": "2.0", "method": "x", "params": {"_meta": []}}).meta == {}


def test_the_id_of_an_invalid_request_is_kept_where_it_is_good():
    with pytest.raises(InvalidRequest) as raised:
        read({"jsonrpc": "1.0", "id": 7, "method": "ping"})
    assert raised.value.id == 7


@given(
    st.binary()
    | st.text().map(str.encode)
    | st.lists(st.sampled_from(list('[]{}",:\\u0d8e1. -'))).map("".join).map(str.encode)
)
def test_no_bytes_raise_anything_but_the_family(body):
    with contextlib.suppress(ProtocolError):
        read(decode(body))


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers(-(2**53), 2**53)
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.text(st.characters(exclude_categories=["Cs"])),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner),
    )
)
def test_all_other_json_means_what_it_says(value):
    assert decode(json.dumps(value).encode()) == value
    assert decode(json.dumps(value, ensure_ascii=False).encode()) == value
