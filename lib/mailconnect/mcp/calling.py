"""tools/list and tools/call, which are the same in both eras (MCP server/tools)."""

from collections.abc import Mapping
from typing import Any

from mailconnect.mail.errors import MailboxError
from mailconnect.mcp.errors import InsufficientScope, InvalidParams
from mailconnect.mcp.schema import complaints
from mailconnect.mcp.server import Server
from mailconnect.mcp.tool import Call, Tool, tool_error
from mailconnect.mcp.versions import STEPS_UP


async def list_tools(server: Server, call: Call) -> Mapping[str, Any]:
    """All tools, whatever the grant holds. Clients keep this list (Poke: until it reconnects), so one that followed the
    grant would be wrong as soon as the person narrows it; and a tool that is not seen never leads to the step-up
    authorization by which a client asks the person for more. What the grant lacks, the call says.

    One list for everybody, in one order, is also what a cache may share and what a model's prompt cache recognizes.
    """
    if call.params.get("cursor") not in (None, ""):
        raise InvalidParams("Unknown cursor: the list has one page")
    return {"tools": [tool.definition() for tool in server.tools]}


def scope_needed(server: Server, params: Mapping[str, Any]) -> frozenset[str]:
    """By a tools/call with these params; nothing for a tool that there is not."""
    tool = server.tool(params.get("name"))
    return frozenset() if tool is None or tool.scope is None else frozenset({tool.scope})


async def call_tool(server: Server, call: Call) -> Mapping[str, Any]:
    """Raises InvalidParams, InsufficientScope. What the model can mend itself is a result with `isError`.

    A client of an older revision takes a 403 for an expired token, and has its person sign in again for nothing.
    There the model is told, and with it the person.
    """
    tool = server.tool(call.params.get("name"))
    if tool is None:
        raise InvalidParams("Unknown tool; tools/list names those there are")
    required = scope_needed(server, call.params)
    if not required <= call.granted:
        if call.revision in STEPS_UP:
            raise InsufficientScope(required)
        return tool_error(server.not_allowed(required - call.granted))
    arguments = call.params.get("arguments")
    if arguments is not None and not isinstance(arguments, dict) and arguments != []:
        raise InvalidParams("The arguments must be an object")
    return await _run(tool, call)


async def _run(tool: Tool, call: Call) -> Mapping[str, Any]:
    if found := complaints(tool.input_schema, call.arguments):
        return tool_error(" ".join(["The arguments do not fit.", *found, f"Correct them and call {tool.name} again."]))
    try:
        return await tool.run(call)
    except MailboxError as error:
        return tool_error(error.text)
