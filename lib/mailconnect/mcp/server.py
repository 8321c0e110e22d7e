"""What a server offers, in both eras: its identity, its tools, and other methods if it has any."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from mailconnect.mcp.tool import Call, Run, RunTool, Tool, tool_error

_NOT_ALLOWED = "The person has not allowed this. Nothing was done. Other tools still work."


@dataclass(frozen=True, slots=True)
class Method:
    """A method beside the tools', such as resources/read, and the eras that know it."""

    run: Run
    modern: bool = True
    legacy: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """`capabilities` are those of `methods`; that of the tools follows from there being any.

    `legacy_capabilities` come in place of or beside them in the era that still knows subscribing and log levels.
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

    def tool(self, name: Any) -> Tool | None:
        return next((tool for tool in self.tools if tool.name == name), None)


async def _run_unless(
    is_forbidden: Callable[[], Awaitable[bool]], run: RunTool, call: Call, arguments: Any
) -> Mapping[str, Any]:
    if await is_forbidden():
        return tool_error(
            "The operator of this bridge has switched writing off for now. Nothing was changed. "
            "Tools that read still work."
        )
    return await run(call, arguments)
