"""Arguments of a tool made up by a test: any, with a schema as the test wants it."""

from collections.abc import Callable, Mapping
from typing import Any

from mailconnect.mcp.tool import Arguments, TakenArguments


def any_arguments(schema: Mapping[str, Any]) -> Callable[[], type[Arguments]]:
    class AnyArguments:
        @classmethod
        def input_schema(cls) -> Mapping[str, Any]:
            return schema

        @classmethod
        def take(cls, given: Any) -> TakenArguments:
            return TakenArguments(given or {})

    return lambda: AnyArguments
