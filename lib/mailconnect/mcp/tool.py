"""A tool, and the request that it is called by (MCP server/tools)."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from mailconnect.encoding.discreet import Discreet
from mailconnect.mcp.context import Context


class Call(Discreet, frozen=True):
    """One request, as its handler sees it. A legacy request tells nothing of its client's capabilities."""

    params: Mapping[str, Any]
    revision: str
    context: Context
    client_capabilities: Mapping[str, Any] = {}

    @property
    def arguments(self) -> Mapping[str, Any]:
        """As they came; a tool gets its model's."""
        return self.params.get("arguments") or {}


Run = Callable[[Call], Awaitable[Mapping[str, Any]]]
"""Gives a JSON-RPC result. May raise ProtocolError."""

RunTool = Callable[[Call, Any], Awaitable[Mapping[str, Any]]]
"""Gives the result of a call with these arguments, which are of the tool's own model. May raise MailboxError."""

READ_ONLY = {"readOnlyHint": True, "destructiveHint": False, "idempotentHint": True, "openWorldHint": True}


CHANGES = {"readOnlyHint": False, "destructiveHint": False, "idempotentHint": True, "openWorldHint": False}
"""Of a tool whose changes can be undone, and which made again change nothing more."""


class ArgumentError(ValueError):
    """`text` is for the model that sent the arguments: what does not fit, and how to mend it."""

    def __init__(self, text: str) -> None:
        super().__init__("arguments that do not fit")
        self.text = text


class TakenArguments(Discreet, frozen=True):
    """Arguments as the tool's own model, and the names of members that were ignored."""

    arguments: Any
    ignored: tuple[str, ...] = ()


class Arguments(Protocol):
    """The arguments of a tool: mailconnect.mcp.arguments.lenient has the models."""

    @classmethod
    def input_schema(cls) -> Mapping[str, Any]: ...

    @classmethod
    def take(cls, given: Any) -> TakenArguments:
        """Raises ArgumentError."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """`scopes`: a grant must hold one of these; none for a tool that reaches nobody's mailbox.

    `fits` tells whether the mailbox has what the tool works on: one that it does not fit is not listed. It is asked
    only where the tool is granted, makes no request, and may raise GrantError.

    `arguments` gives the model of its arguments. It is a function, so that pydantic is imported when a tool is first
    listed or called, and not by every start.
    """

    name: str
    title: str
    description: str
    arguments: Callable[[], type[Arguments]] = field(repr=False)
    output_schema: Mapping[str, Any] | None
    scopes: tuple[str, ...]
    run: RunTool = field(repr=False)
    annotations: Mapping[str, Any] = field(default_factory=lambda: READ_ONLY)
    meta: Mapping[str, Any] | None = None
    fits: Callable[[Context], bool] = field(default=lambda _: True, repr=False)

    @property
    def writes(self) -> bool:
        """Whether it changes the mailbox or sends: a test holds that it then has a scope that `writes`."""
        return self.annotations.get("readOnlyHint") is not True

    def definition(self) -> dict[str, Any]:
        described: dict[str, Any] = {
            "name": self.name,
            "title": self.title,
            "description": self.description,
            "inputSchema": self.arguments().input_schema(),
        }
        if self.output_schema is not None:
            described["outputSchema"] = self.output_schema
        described["annotations"] = self.annotations
        return described if self.meta is None else {**described, "_meta": self.meta}
