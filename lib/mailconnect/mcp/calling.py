"""tools/list and tools/call, which are the same in both eras (MCP server/tools)."""

from collections.abc import Mapping
from typing import Any

from mailconnect.mail.errors import MailboxError
from mailconnect.mcp.errors import InsufficientScope, InvalidParams
from mailconnect.mcp.server import Server
from mailconnect.mcp.tool import ArgumentError, Call, Tool, tool_error


async def list_tools(server: Server, call: Call) -> Mapping[str, Any]:
    """All tools, whatever the grant holds. Clients keep this list (Poke: until it reconnects), so one that followed the
    grant would be wrong as soon as the person narrows it; and a tool that is not seen never leads to the step-up
    authorization by which a client asks the person for more. What the grant lacks, the call says.

    One list for everybody, in one order, is also what a cache may share and what a model's prompt cache recognizes.
    """
    if call.params.get("cursor") is not None:
        raise InvalidParams("Unknown cursor: the list has one page")
    return {"tools": [tool.definition() for tool in server.tools]}


def scope_needed(server: Server, params: Mapping[str, Any], granted: frozenset[str]) -> frozenset[str]:
    """By a tools/call with these params; nothing for a tool that there is not. Of several scopes that each suffice, the
    one that is granted, and else the first."""
    tool = server.tool(params.get("name"))
    if tool is None or not tool.scopes:
        return frozenset()
    return frozenset({next((scope for scope in tool.scopes if scope in granted), tool.scopes[0])})


async def call_tool(server: Server, call: Call) -> Mapping[str, Any]:
    """Raises InvalidParams, InsufficientScope. What the model can mend itself is a result with `isError`."""
    tool = server.tool(call.params.get("name"))
    if tool is None:
        raise InvalidParams("Unknown tool; tools/list names those there are")
    required = scope_needed(server, call.params, call.granted)
    if not required <= call.granted:
        raise InsufficientScope(required)
    given = call.params.get("arguments")
    if given is not None and not isinstance(given, dict) and given != []:
        raise InvalidParams("The arguments must be an object")
    return await _run(tool, call, given)


async def _run(tool: Tool, call: Call, given: Any) -> Mapping[str, Any]:
    try:
        taken = tool.arguments().take(given)
    except ArgumentError as error:
        return tool_error(f"The arguments do not fit. {error.text} Correct them and call {tool.name} again.")
    try:
        result = await tool.run(call, taken.arguments)
    except MailboxError as error:
        return tool_error(error.text)
    return _with_ignored(result, taken.ignored) if taken.ignored else result


def _with_ignored(result: Mapping[str, Any], ignored: tuple[str, ...]) -> Mapping[str, Any]:
    """Said once, after the result: a model that thinks its filter was applied would report a falsehood."""
    named = ", ".join(f"`{name}`" for name in ignored)
    note = {"type": "text", "text": f"Ignored, since this tool has no such argument: {named}."}
    return {**result, "content": [*result.get("content", ()), note]}
