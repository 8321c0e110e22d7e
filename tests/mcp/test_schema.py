import pytest

from mailconnect.mcp.schema import complaints

SCHEMA = {
    "type": "object",
    "properties": {
        "role": {"type": "string", "maxLength": 5},
        "kind": {"type": "string", "enum": ["a", "b"]},
        "count": {"type": "integer"},
        "deep": {"type": "object"},
        "any": {"anyOf": [{"type": "string"}]},
    },
    "required": ["kind"],
    "additionalProperties": False,
}


@pytest.mark.parametrize(
    "arguments",
    [
        {"kind": "a"},
        {"kind": "b", "role": "inbox", "count": 3, "deep": {}, "any": 5},
        {"kind": "a", "role": None, "count": None},
    ],
)
def test_arguments_that_fit_pass(arguments):
    assert complaints(SCHEMA, arguments) == []


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ({}, "missing"),
        ({"kind": None}, "missing"),
        ({"kind": "c"}, "one of a, b"),
        ({"kind": 5}, "of type string"),
        ({"kind": ["a"]}, "of type string"),
        ({"kind": "a", "role": "toolong"}, "at most 5"),
        ({"kind": "a", "count": True}, "of type integer"),
        ({"kind": "a", "count": "3"}, "of type integer"),
        ({"kind": "a", "deep": []}, "of type object"),
        ({"kind": "a", "method": "Email/set"}, "not an argument"),
    ],
)
def test_each_misfit_is_told_in_a_sentence(arguments, word):
    (complaint,) = complaints(SCHEMA, arguments)
    assert word in complaint


def test_a_long_or_strange_name_is_quoted_and_cut():
    (complaint,) = complaints(SCHEMA, {"kind": "a", "x\n" * 500: 1})
    assert len(complaint) < 250
    assert "\n" not in complaint


def test_without_a_word_on_further_arguments_they_pass():
    assert complaints({"type": "object"}, {"x": 1}) == []
