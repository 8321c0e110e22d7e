"""The server's offer: its identity, its tools with tools/list and tools/call (MCP server/tools), other methods.

All revisions share it.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from mailconnect import log
from mailconnect.mail.errors import MailboxError
from mailconnect.mcp.errors import InsufficientScope, InvalidParams
from mailconnect.mcp.message import tool_error
from mailconnect.mcp.tool import ArgumentError, Call, Run, RunTool, Tool
from mailconnect.mcp.versions import STEPS_UP

ASKS_FOR_MORE = "request_access"

_NOT_ALLOWED = "The person has not allowed this. Nothing was done. Other tools still work."


@dataclass(frozen=True, slots=True)
class Method:
    """A method beside the tools', such as resources/read, and whether modern and legacy revisions know it."""

    run: Run
    modern: bool = True
    legacy: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """`capabilities` are those of `methods`; that of the tools follows from there being any.

    `legacy_capabilities` come in place of or beside them in legacy revisions, which know subscribing and log levels.
    `not_allowed` says for a model that the person did not allow these scopes, and where they can.
    """

    name: str
    title: str
    version: str
    instructions: str
    tools: tuple[Tool, ...]
    methods: Mapping[str, Method] = field(default_factory=dict)
    capabilities: Mapping[str, Any] = field(default_factory=dict)
    legacy_capabilities: Mapping[str, Any] = field(default_factory=dict)
    not_allowed: Callable[[frozenset[str]], str] = lambda _: _NOT_ALLOWED

    by_name: Mapping[str, Tool] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_name", {tool.name: tool for tool in self.tools})

    @property
    def info(self) -> dict[str, str]:
        return {"name": self.name, "title": self.title, "version": self.version}

    @property
    def offered(self) -> dict[str, Any]:
        """ServerCapabilities. Nothing is announced as changing: there is no stream to say so on."""
        return {**({"tools": {}} if self.tools else {}), **self.capabilities}

    @property
    def offered_to_legacy(self) -> dict[str, Any]:
        return {**self.offered, **self.legacy_capabilities}

    def asking_before_writing(self, is_forbidden: Callable[[], Awaitable[bool]]) -> "Server":
        """The same server, whose tools that write ask first at each call. They stay listed: clients keep the list for
        long. Tools that read ask nothing."""
        tools = tuple(
            replace(tool, run=partial(_run_unless, is_forbidden, tool.run)) if tool.writes else tool
            for tool in self.tools
        )
        return replace(self, tools=tools)

    async def list_tools(self, call: Call) -> Mapping[str, Any]:
        """The tools that the grant may use and that fit the mailbox, and request_access while others are not granted.

        A model then promises nothing that would be refused. A tool that was listed once and is not granted any more is
        still answered with 403, or with `isError` in older revisions, which says what to ask the owner for.
        """
        if call.params.get("cursor") not in (None, ""):
            raise InvalidParams("Unknown cursor: the list has one page")
        granted = [tool for tool in self.tools if _is_granted(tool, call.context.granted)]
        is_whole = len(granted) == len(self.tools)
        listed = [tool for tool in granted if (tool.name != ASKS_FOR_MORE or not is_whole) and tool.fits(call.context)]
        return {"tools": [tool.definition() for tool in listed]}

    async def call_tool(self, call: Call) -> Mapping[str, Any]:
        """Raises InvalidParams, InsufficientScope. What the model can mend itself is a result with `isError`.

        A client of an older revision takes a 403 for an expired token, and the owner signs in again for nothing. The
        result then tells the model what the owner has not allowed.
        """
        name = call.params.get("name")
        tool = self.by_name.get(name) if isinstance(name, str) else None
        if tool is None:
            raise InvalidParams("Unknown tool; tools/list names those there are")
        if not _is_granted(tool, call.context.granted):
            required = frozenset(tool.scopes[:1])  # of several that each suffice, the first
            if call.revision in STEPS_UP:
                raise InsufficientScope(required)
            return tool_error(self.not_allowed(required))
        given = call.params.get("arguments")
        if given is not None and not isinstance(given, dict) and given != []:
            raise InvalidParams("The arguments must be an object")
        return await _run(tool, call, given)


def _is_granted(tool: Tool, granted: frozenset[str]) -> bool:
    return not tool.scopes or not granted.isdisjoint(tool.scopes)


async def _run_unless(
    is_forbidden: Callable[[], Awaitable[bool]], run: RunTool, call: Call, arguments: Any
) -> Mapping[str, Any]:
    if await is_forbidden():
        return tool_error(
            "The operator of this bridge has switched writing off for now. Nothing was changed. "
            "Tools that read still work."
        )
    return await run(call, arguments)


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
