"""How the suite's tools are written down: a name, perhaps an input schema, and what it does."""

from collections.abc import Callable, Mapping
from typing import Any

from mailconnect.mcp.tool import Run, Tool
from tests.any_arguments import any_arguments

STRING = {"type": "string"}
NOTHING: Mapping[str, Any] = {"type": "object", "properties": {}}


def object_of(*required: str, **properties: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": [*required]}


class Offer:
    def __init__(self) -> None:
        self.tools: list[Tool] = []

    def __call__(self, name: str, input_schema: Mapping[str, Any] = NOTHING) -> Callable[[Run], Run]:
        def kept(run: Run) -> Run:
            self.tools.append(
                Tool(
                    name=name,
                    title=name,
                    description="A fixture of the conformance suite.",
                    arguments=any_arguments(input_schema),
                    output_schema=None,
                    scopes=(),
                    run=lambda call, _: run(call),
                    annotations={},
                )
            )
            return run

        return kept
