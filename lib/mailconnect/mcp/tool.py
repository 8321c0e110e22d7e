"""A tool, the request it is called by, and what it gives back (MCP server/tools)."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from mailconnect.encoding.discreet import Discreet
from mailconnect.jmap.access import MailboxAccess


class Call(Discreet, frozen=True):
    """One request, as whoever carries it out sees it. A legacy request tells nothing of its client's capabilities."""

    params: Mapping[str, Any]
    revision: str
    granted: frozenset[str]
    access: MailboxAccess
    client_capabilities: Mapping[str, Any] = {}

    @property
    def arguments(self) -> Mapping[str, Any]:
        """Of tools/call; an object once the call has been checked."""
        return self.params.get("arguments") or {}


Run = Callable[[Call], Awaitable[Mapping[str, Any]]]
"""Gives a JSON-RPC result. May raise ProtocolError; a tool may raise MailboxError."""

READ_ONLY = {"readOnlyHint": True, "destructiveHint": False, "idempotentHint": True, "openWorldHint": True}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """`scope` is what a grant must hold; None only for tools that reach nobody's mailbox."""

    name: str
    title: str
    description: str
    input_schema: Mapping[str, Any]
    output_schema: Mapping[str, Any] | None
    scope: str | None
    run: Run = field(repr=False)
    annotations: Mapping[str, Any] = field(default_factory=lambda: READ_ONLY)

    @property
    def only_reads(self) -> bool:
        return self.annotations.get("readOnlyHint") is True

    def definition(self) -> dict[str, Any]:
        described: dict[str, Any] = {
            "name": self.name,
            "title": self.title,
            "description": self.description,
            "inputSchema": self.input_schema,
        }
        if self.output_schema is not None:
            described["outputSchema"] = self.output_schema
        return {**described, "annotations": self.annotations}


def tool_result(text: str, structured: Mapping[str, Any]) -> dict[str, Any]:
    """The text says all that the structure says, ids included: not every client shows a model both."""
    return {"content": [{"type": "text", "text": text}], "structuredContent": structured, "isError": False}


def tool_error(text: str) -> dict[str, Any]:
    return {"content": [{"type": "text", "text": text}], "isError": True}
