"""What a server offers, in both eras: its identity, its tools, and other methods if it has any."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from mailconnect.mcp.tool import Call, Run, Tool, tool_error

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

    @property
    def writes(self) -> bool:
        return not all(tool.only_reads for tool in self.tools)

    def reading_only(self) -> "Server":
        """The same server, whose tools that write refuse. They stay listed: clients keep the list for long."""
        tools = tuple(tool if tool.only_reads else replace(tool, run=_refused) for tool in self.tools)
        return replace(self, tools=tools)

    def tool(self, name: Any) -> Tool | None:
        return next((tool for tool in self.tools if tool.name == name), None)


async def _refused(_: Call, __: Any) -> Mapping[str, Any]:
    return tool_error(
        "The operator of this bridge has switched writing off for now. Nothing was changed. Tools that read still work."
    )
