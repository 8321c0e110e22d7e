"""Arguments as models write them, and how they are read."""

from typing import Annotated, Literal

import pytest
from pydantic import Field

from mailconnect.mcp.arguments.lenient import LenientArguments
from mailconnect.mcp.tool import ArgumentError


class Some(LenientArguments):
    kind: Annotated[Literal["a", "b"], Field(description="Which.")]
    role: Annotated[str | None, Field(max_length=5, description="A role.")] = None
    count: Annotated[int, Field(ge=1, le=50, description="How many.")] = 15
    whole: Annotated[bool, Field(description="All of it.")] = False
    ids: Annotated[list[str] | None, Field(max_length=2, description="Ids.")] = None


def taken(**given):
    return Some.take({"kind": "a", **given}).arguments


def complaint(given):
    with pytest.raises(ArgumentError) as raised:
        Some.take(given)
    return raised.value.text


@pytest.mark.parametrize("absent", [None, "", []])
def test_an_empty_value_for_an_optional_argument_is_absent(absent):
    assert taken(role=absent, count=absent, whole=absent, ids=absent) == taken()
    assert taken().count == 15


@pytest.mark.parametrize("nothing", [None, {}, []])
def test_no_arguments_are_written_in_three_ways(nothing):
    assert complaint(nothing) == "`kind` is missing."


def test_numbers_and_booleans_in_strings_are_taken():
    assert taken(count="20").count == 20
    assert taken(whole="true").whole is True
    assert taken(role=5).role == "5"


def test_one_text_is_taken_for_a_list_of_it():
    assert taken(ids="M1").ids == ["M1"]


def test_a_member_that_is_no_argument_is_ignored_and_named():
    given = Some.take({"kind": "a", "folder": "x", "x\n" * 500: 1})
    assert given.ignored[0] == "folder"
    assert "\n" not in given.ignored[1]
    assert len(given.ignored[1]) < 150


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"kind": ""}, "`kind` is missing."),
        ({"kind": "secret"}, "`kind` must be one of 'a' or 'b'."),
        ({"kind": "a", "role": "secrets"}, "`role` may have at most 5 characters."),
        ({"kind": "a", "role": ["x"]}, "`role` must be a string."),
        ({"kind": "a", "count": "many"}, "`count` must be an integer."),
        ({"kind": "a", "count": 0}, "`count` must be at least 1."),
        ({"kind": "a", "count": 51}, "`count` may be at most 50."),
        ({"kind": "a", "ids": ["1", "2", "3"]}, "`ids` may have at most 2 items."),
        ({"kind": "a", "ids": [{}]}, "`ids[0]` must be a string."),
        ("secret", "The arguments must be an object."),
    ],
    ids=str,
)
def test_each_misfit_is_told_in_a_sentence_without_its_value(given, told):
    assert complaint(given) == told


def test_all_misfits_are_told_at_once():
    assert complaint({"kind": 1, "count": 0}) == "`kind` must be one of 'a' or 'b'. `count` must be at least 1."


def test_its_schema_is_plain():
    assert Some.input_schema() == {
        "type": "object",
        "properties": {
            "kind": {"type": "string", "description": "Which.", "enum": ["a", "b"]},
            "role": {"type": "string", "description": "A role.", "maxLength": 5},
            "count": {"type": "integer", "description": "How many.", "minimum": 1, "maximum": 50, "default": 15},
            "whole": {"type": "boolean", "description": "All of it.", "default": False},
            "ids": {"type": "array", "description": "Ids.", "maxItems": 2, "items": {"type": "string"}},
        },
        "required": ["kind"],
    }
