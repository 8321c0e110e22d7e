"""A server under measurement as an assistant sees it: its tools, and calls with all that the results say."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Result:
    """`text`: all text blocks, and of other blocks their type. An embedded resource counts with what it holds."""

    text: str
    is_error: bool = False


class Server(Protocol):
    """Connected. CPU is of its processes, those that have ended too."""

    def tools(self) -> Sequence[Mapping[str, Any]]: ...

    def call(self, tool: str, arguments: Mapping[str, Any]) -> Result:
        """Errors of a tool are results; raises ServerDied where there is none."""
        ...

    def cpu(self) -> float:
        """Seconds since its start."""
        ...


class ServerDied(RuntimeError):
    """It ended, or did not answer before the timeout; the message has its last output."""


class PlanFailed(RuntimeError):
    """A result lacks what the next call needs; the message names it."""


@dataclass(slots=True)
class Steps:
    """One walk through a plan: calls a server and keeps what was asked and answered."""

    server: Server
    calls: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)
    results: list[Result] = field(default_factory=list)

    def __call__(self, tool: str, **arguments: Any) -> str:
        self.calls.append((tool, arguments))
        self.results.append(self.server.call(tool, arguments))
        return self.results[-1].text

    def repeat_last(self) -> Result:
        """Like a client after a timeout. The plan does not count it."""
        return self.server.call(*self.calls[-1])

    @property
    def said(self) -> str:
        return "\n".join(result.text for result in self.results)

    @property
    def dialogue(self) -> str:
        """With what was asked before each answer: an answer about a folder need not name it again."""
        asked = (" ".join(map(str, arguments.values())) for _, arguments in self.calls)
        return "\n".join(f"{words}\n{result.text}" for words, result in zip(asked, self.results, strict=False))


def result_of(told: Mapping[str, Any]) -> Result:
    return Result("\n".join(_shown(block) for block in told.get("content", ())), bool(told.get("isError")))


def _shown(block: Mapping[str, Any]) -> str:
    if block.get("type") == "text":
        return str(block.get("text", ""))
    resource = block.get("resource", {})
    return str(resource.get("text") or resource.get("blob") or block.get("data") or f"[{block.get('type')}]")
