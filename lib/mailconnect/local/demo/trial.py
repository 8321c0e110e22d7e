"""One browser's trial: the play assistant, what it holds, and what it was answered last."""

import json
from dataclasses import dataclass, field
from typing import Any

from mailconnect.local.demo.seen import SeenIds
from mailconnect.sandbox.assistant.assistant import Assistant
from mailconnect.sandbox.assistant.errors import AssistantError, ErrorStatus, ToolError

_UNAUTHENTICATED = 401


@dataclass(frozen=True, slots=True)
class TriedCall:
    """A call and its result: `text` is what the model reads, `for_programs` the same as JSON (may be empty)."""

    tool: str
    arguments: str = field(repr=False)
    text: str = field(repr=False)
    for_programs: str = field(default="", repr=False)
    failed: bool = False


@dataclass(slots=True)
class Trial:
    """`said`: why there is no connection, one of "", "denied", "ended", "given back" and "failed"."""

    assistant: Assistant
    tools: list[dict[str, Any]] = field(default_factory=list)
    seen: SeenIds = field(default_factory=SeenIds)
    answer: TriedCall | None = None
    said: str = ""
    reason: str = ""

    @property
    def connected(self) -> bool:
        return self.assistant.tokens is not None and not self.said

    async def finish(self, redirected: str) -> None:
        """`redirected` is the URL that the browser was sent back to. Raises AssistantError, httpx.HTTPError."""
        await self.assistant.finish(redirected)
        await self.assistant.initialize()
        self.tools = await self.assistant.list_tools()

    async def call(self, tool: str, arguments: str) -> None:
        """`arguments` is JSON as a person typed it. Raises AssistantError, httpx.HTTPError."""
        try:
            given = json.loads(arguments or "{}")
        except (ValueError, RecursionError):
            given = None
        if not isinstance(given, dict):
            self.answer = TriedCall(
                tool, arguments, "Nothing was called: the arguments are no JSON object.", failed=True
            )
            return
        try:
            result = await self._called(tool, given)
        except (ErrorStatus, ToolError) as error:
            if isinstance(error, ErrorStatus) and error.status == _UNAUTHENTICATED:
                self.said = "ended"
                return
            self.answer = TriedCall(tool, arguments, str(error), failed=True)
            return
        text = "\n\n".join(str(part.get("text", "")) for part in result.get("content", []))
        programs = result.get("structuredContent")
        self.seen.look(text)
        self.answer = TriedCall(
            tool,
            arguments,
            text,
            json.dumps(programs, indent=2, ensure_ascii=False) if programs else "",
            failed=bool(result.get("isError")),
        )

    async def _called(self, tool: str, given: dict[str, Any]) -> dict[str, Any]:
        """An expired access token is refreshed once, as every assistant does; its owner may have changed its tools."""
        try:
            return await self.assistant.call_tool(tool, given)
        except ErrorStatus as refused:
            if refused.status != _UNAUTHENTICATED:
                raise
        try:
            await self.assistant.refresh()
        except ErrorStatus as refused:
            raise ErrorStatus("refresh", _UNAUTHENTICATED, refused.body) from None
        self.tools = await self.assistant.list_tools()
        return await self.assistant.call_tool(tool, given)

    async def give_back(self) -> None:
        """Revokes, and calls once more. Raises AssistantError where that call is still answered, httpx.HTTPError."""
        await self.assistant.revoke()
        try:
            await self.assistant.call_tool("get_session")
        except ErrorStatus as refused:
            if refused.status != _UNAUTHENTICATED:
                raise
            self.said = "given back"
            self.answer = None
            return
        raise AssistantError("the connection was given back, and a call is still answered")
