import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailconnect.encoding.fast_json import encode
from mailconnect.mcp.message import ACCEPTED, json_response


def test_json_is_compact_utf_8_on_one_line():
    assert encode({"a": ["\u00e4\n", 1]}) == '{"a":["\u00e4\\n",1]}'.encode()


def test_lone_surrogates_from_the_provider_do_not_crash_it():
    assert json.loads(encode({"a\udfff": "x\ud800y", "b": "\ud83d\ude00"})) == {
        "a\ufffd": "x\ufffdy",
        "b": "\N{GRINNING FACE}",
    }


@given(st.text(st.characters()))
def test_any_text_is_encoded(text):
    assert isinstance(json.loads(encode(text)), str)


@pytest.mark.row("MC-34")
def test_no_response_may_be_stored():
    for response in (ACCEPTED, json_response(200, {})):
        assert ("cache-control", "no-store") in response.headers


def test_a_body_does_not_show_in_a_repr():
    assert "secret" not in repr(json_response(200, {"a": "secret"}))
