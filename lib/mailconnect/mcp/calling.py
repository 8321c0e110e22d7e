"""tools/list and tools/call, which are the same in both eras (MCP server/tools)."""

from collections.abc import Mapping
from typing import Any

from mailconnect import log
from mailconnect.mail.errors import MailboxError
from mailconnect.mcp.errors import InsufficientScope, InvalidParams
from mailconnect.mcp.server import Server
from mailconnect.mcp.tool import ArgumentError, Call, Tool, tool_error
from mailconnect.mcp.versions import STEPS_UP

ASKS_FOR_MORE = "request_access"


async def list_tools(server: Server, call: Call) -> Mapping[str, Any]:
    """The tools that the grant may use and that fit the mailbox, and request_access while others are not granted.

    A model then promises nothing that would be refused. A tool that was listed once and is not granted any more is
    still answered with 403, or with `isError` in older revisions, which says what to ask the owner for.
    """
    if call.params.get("cursor") not in (None, ""):
        raise InvalidParams("Unknown cursor: the list has one page")
    granted = [tool for tool in server.tools if tool.is_granted(call.granted)]
    is_whole = len(granted) == len(server.tools)
    listed = [tool for tool in granted if (tool.name != ASKS_FOR_MORE or not is_whole) and tool.fits(call.context)]
    return {"tools": [tool.definition() for tool in listed]}


async def call_tool(server: Server, call: Call) -> Mapping[str, Any]:
    """Raises InvalidParams, InsufficientScope. What the model can mend itself is a result with `isError`.

    A client of an older revision takes a 403 for an expired token, and the owner signs in again for nothing. There the
    result tells the model what the owner has not allowed.
    """
    tool = server.tool(call.params.get("name"))
    if tool is None:
        raise InvalidParams("Unknown tool; tools/list names those there are")
    if not tool.is_granted(call.granted):
        required = frozenset(tool.scopes[:1])  # of several that each suffice, the first
        if call.revision in STEPS_UP:
            raise InsufficientScope(required)
        return tool_error(server.not_allowed(required))
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
        log.record("tool_failed", tool=tool.name, reason=type(error).__name__, detail=str(error))
        return tool_error(error.text)
    return _with_ignored(result, taken.ignored) if taken.ignored else result


def _with_ignored(result: Mapping[str, Any], ignored: tuple[str, ...]) -> Mapping[str, Any]:
    """Said once, after the result: a model that thinks its filter was applied would report a falsehood."""
    named = ", ".join(f"`{name}`" for name in ignored)
    note = {"type": "text", "text": f"Ignored, since this tool has no such argument: {named}."}
    return {**result, "content": [*result.get("content", ()), note]}
