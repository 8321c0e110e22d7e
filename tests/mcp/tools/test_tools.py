"""What holds for every tool in the list."""

import re

import jsonschema
import pytest

from mailconnect.mcp.instructions import INSTRUCTIONS
from mailconnect.mcp.schema import KEYWORDS
from mailconnect.mcp.tools import TOOLS

pytestmark = pytest.mark.anyio

ANNOTATIONS = {"description", "title", "default", "examples"}


@pytest.fixture(params=TOOLS, ids=lambda tool: tool.name)
def tool(request):
    return request.param


def test_its_name_fits_and_is_its_own(tool):
    assert re.fullmatch(r"[a-z_]{1,64}", tool.name)
    assert [other.name for other in TOOLS].count(tool.name) == 1


def test_it_tells_a_model_what_it_is_for(tool):
    assert tool.title
    assert 80 < len(tool.description) < 500
    assert tool.name in INSTRUCTIONS


def test_it_is_marked_as_reading_the_open_world(tool):
    assert tool.annotations == {
        "readOnlyHint": True,
        "destructiveHint": False,
        "idempotentHint": True,
        "openWorldHint": True,
    }


def test_it_asks_for_a_scope(tool):
    assert re.fullmatch(r"[a-z]+:read", tool.scope)


def test_its_schemas_are_json_schema_and_its_input_uses_only_what_is_checked(tool):
    jsonschema.Draft202012Validator.check_schema(tool.input_schema)
    jsonschema.Draft202012Validator.check_schema(tool.output_schema)
    assert tool.input_schema["type"] == "object"
    assert tool.input_schema["additionalProperties"] is False
    assert set(tool.input_schema) <= KEYWORDS | ANNOTATIONS
    for described in tool.input_schema["properties"].values():
        assert set(described) <= KEYWORDS | ANNOTATIONS
        assert described["description"]


async def test_what_it_gives_fits_its_output_schema(tool, endpoint):
    _, body = await endpoint.modern("tools/call", name=tool.name)
    jsonschema.validate(body["result"]["structuredContent"], tool.output_schema, jsonschema.Draft202012Validator)


def test_the_instructions_are_short():
    assert len(INSTRUCTIONS) < 1500
    assert "read-only" in INSTRUCTIONS
