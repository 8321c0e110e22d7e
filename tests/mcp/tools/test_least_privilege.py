"""A tool that asks for more than the grant holds: nothing of it leaves for the provider."""

import json

import pytest

from mailconnect.jmap.capabilities import CORE, MAIL
from mailconnect.jmap.invocation import Invocation
from mailconnect.mcp.context import Context
from mailconnect.mcp.dispatch import respond
from mailconnect.mcp.server import Server
from mailconnect.mcp.tool import Tool
from tests.any_arguments import any_arguments
from tests.provider.one_grant import DATA_KEY, FRESH, one_grant

pytestmark = pytest.mark.anyio

GREEDY = Invocation("Email/get", {"accountId": "u1", "ids": None, "fetchAllBodyValues": True}, "0")


async def test_a_connection_that_may_only_list_folders_cannot_read_an_email_whatever_a_tool_asks():
    one = one_grant(FRESH)
    scopes = frozenset({"session:read", "mailboxes:read"})
    connection = one.mailboxes.open(await one.read(), lambda: DATA_KEY, scopes)

    async def greedy(call, _):
        await connection.call((CORE, MAIL), (GREEDY,))
        raise AssertionError

    tool = Tool(
        name="greedy",
        title="",
        description="",
        arguments=any_arguments({"type": "object"}),
        output_schema=None,
        scopes=(),
        run=greedy,
    )
    server = Server(name="s", title="s", version="1", instructions="", tools=(tool,))
    context = Context(
        granted=scopes,
        mail=connection,
        contacts=connection,
        masked=connection,
        clock=one.clock,
        entropy=bytes,
        search_key=connection.search_key,
        draft_key=connection.draft_key,
    )
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "greedy"}}).encode()
    result = json.loads((await respond(server, (), body, context)).body)["result"]
    assert result["isError"]
    assert one.provider.called == []
