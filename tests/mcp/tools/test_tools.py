"""Every tool in the list keeps these rules."""

import json
import re

import jsonschema
import pytest

from mailconnect.mcp.instructions import instructions
from mailconnect.mcp.tools import TOOLS
from mailconnect.mcp.tools.account.request_access import REQUEST_ACCESS
from mailconnect.mcp.tools.drafts.list_identities import LIST_IDENTITIES
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
    assert tool.name in instructions(TOOLS)


def test_its_marks_say_whether_it_reads_or_writes(tool):
    marks = {**tool.annotations}
    assert marks.pop("readOnlyHint") is (not tool.writes or tool is LIST_IDENTITIES)  # it reads by a scope to write
    assert tool.writes or (not marks["destructiveHint"] and marks["idempotentHint"])
    assert tool.writes or marks["openWorldHint"] is (tool is not REQUEST_ACCESS)
    assert {*marks} == {"destructiveHint", "idempotentHint", "openWorldHint"}


def test_it_asks_for_a_scope_that_there_is(tool):
    assert set(tool.scopes) <= set(SCOPES)
    assert tool.scopes or tool is REQUEST_ACCESS


def test_its_schemas_are_json_schema_and_its_input_is_plain(tool):
    schema = tool.arguments().input_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    if tool.output_schema is not None:
        jsonschema.Draft202012Validator.check_schema(tool.output_schema)
    assert set(schema) <= {"type", "properties", "required"}
    for described in schema["properties"].values():
        assert set(described) <= KEYWORDS
        assert len(described["description"]) <= 300


@pytest.mark.parametrize("tool", [one for one in TOOLS if one.output_schema is not None], ids=lambda one: one.name)
async def test_its_structured_content_fits_its_output_schema(tool, endpoint):
    _, body = await endpoint.modern("tools/call", name=tool.name)
    jsonschema.validate(body["result"]["structuredContent"], tool.output_schema, jsonschema.Draft202012Validator)


def test_the_instructions_are_short():
    assert len(instructions(TOOLS)) < 2000
    assert "Nothing is deleted for good" in instructions(TOOLS)


def test_mail_content_has_no_structure_in_which_the_bars_would_be_lost():
    """Several clients show a model the structure alone."""
    assert {tool.name for tool in TOOLS if tool.output_schema is not None} == {"get_session", "list_mailboxes"}


async def test_all_tools_and_instructions_fit_5000_tokens(endpoint):
    endpoint.granted = frozenset(SCOPES)
    _, body = await endpoint.modern("tools/list")
    listed = json.dumps(body["result"]["tools"], ensure_ascii=False, separators=(",", ":"))
    assert (len(listed) + len(instructions(TOOLS))) / 4 < 5000


async def test_the_list_follows_the_grant_and_names_who_to_ask_for_more(endpoint):
    async def names(*scopes):
        endpoint.granted = frozenset(scopes)
        return [tool["name"] for tool in (await endpoint.modern("tools/list"))[1]["result"]["tools"]]

    assert await names() == ["request_access"]
    assert await names("session:read") == ["get_session", "request_access"]
    assert await names("emails:metadata") == ["search_emails", "read_emails", "request_access"]
    assert await names("emails:read") == ["search_emails", "read_emails", "read_attachment", "request_access"]
    assert await names("contacts:read") == ["find_contacts", "request_access"]
    assert await names("drafts:write") == ["list_identities", "write_draft", "request_access"]
    assert await names("emails:organize") == ["update_emails", "request_access"]
    assert await names("mailboxes:write") == ["manage_mailbox", "request_access"]
    assert await names("masked:read") == ["list_masked_emails", "request_access"]
    assert await names("masked:write") == ["write_masked_email", "request_access"]
    assert await names(*SCOPES) == [tool.name for tool in TOOLS if tool is not REQUEST_ACCESS]
