import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailconnect.mcp.answer import ACCEPTED, encode, json_response, refusal


def test_json_is_compact_utf_8_on_one_line():
    assert encode({"a": ["\u00e4\n", 1]}) == '{"a":["\u00e4\\n",1]}'.encode()


def test_lone_surrogates_from_upstream_do_not_crash_it():
    assert json.loads(encode({"a\udfff": "x\ud800y", "b": "\ud83d\ude00"})) == {
        "a\ufffd": "x\ufffdy",
        "b": "\N{GRINNING FACE}",
    }


@given(st.text(st.characters()))
def test_any_text_is_encoded(text):
    assert isinstance(json.loads(encode(text)), str)


@pytest.mark.row("MC-34")
def test_no_answer_may_be_stored():
    for answer in (ACCEPTED, json_response(200, {}), refusal(429, 4290, "slow down", headers=[("retry-after", "5")])):
        assert ("cache-control", "no-store") in answer.headers


def test_the_edge_can_refuse_in_the_same_form():
    answer = refusal(429, 4290, "Too many calls", headers=[("retry-after", "5")])
    assert answer.status == 429
    assert ("retry-after", "5") in answer.headers
    assert json.loads(answer.body) == {
        "jsonrpc": "2.0",
        "id": None,
        "error": {"code": 4290, "message": "Too many calls"},
    }


def test_a_body_does_not_show_in_a_repr():
    assert "secret" not in repr(json_response(200, {"a": "secret"}))
