"""What holds for every tool in the list."""

import re

import jsonschema
import pytest

from mailconnect.mcp.instructions import INSTRUCTIONS
from mailconnect.mcp.tools import TOOLS
from mailconnect.oauth.scopes import SCOPES

pytestmark = pytest.mark.anyio

KEYWORDS = {
    "type",
    "description",
    "enum",
    "minimum",
    "maximum",
    "maxLength",
    "minItems",
    "maxItems",
    "default",
    "items",
}
"""Of JSON Schema, what small clients read too."""


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


def test_it_asks_for_a_scope_that_there_is(tool):
    assert set(tool.scopes) <= set(SCOPES)
    assert tool.scopes


def test_its_schemas_are_json_schema_and_its_input_is_plain(tool):
    schema = tool.arguments().input_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    if tool.output_schema is not None:
        jsonschema.Draft202012Validator.check_schema(tool.output_schema)
    assert set(schema) <= {"type", "properties", "required"}
    for described in schema["properties"].values():
        assert set(described) <= KEYWORDS
        assert len(described["description"]) <= 300


async def test_what_it_gives_fits_its_output_schema(tool, endpoint):
    _, body = await endpoint.modern("tools/call", name=tool.name)
    jsonschema.validate(body["result"]["structuredContent"], tool.output_schema, jsonschema.Draft202012Validator)


def test_the_instructions_are_short():
    assert len(INSTRUCTIONS) < 1500
    assert "read-only" in INSTRUCTIONS
