"""Tools that ask the person something while they run, as servers did until 2025-11-25 (SEP-1034, SEP-1330)."""

import json
from collections.abc import Mapping
from typing import Any

from mailconnect.mcp.tool import Call
from tests.conformance.everything.content import Result, result, text
from tests.conformance.everything.offer import NOTHING, STRING, Offer, object_of
from tests.conformance.everything.stream import STREAM

offer = Offer()
TOOLS = offer.tools

_OPTIONS = ["option1", "option2", "option3"]
_TITLED = [
    {"const": "value1", "title": "First Option"},
    {"const": "value2", "title": "Second Option"},
    {"const": "value3", "title": "Third Option"},
]


def _eliciting(name: str, requested: Mapping[str, Any], input_schema: Mapping[str, Any] = NOTHING) -> None:
    @offer(name, input_schema)
    async def elicit(call: Call) -> Result:
        message = call.arguments.get("message", "Please fill this in.")
        answer = await STREAM.get().ask("elicitation/create", {"message": message, "requestedSchema": requested})
        content = json.dumps(answer.get("content", {}))
        return result(text(f"User response: action={answer['action']}, content={content}"))


_eliciting(
    "test_elicitation",
    object_of("username", "email", username=STRING, email=STRING),
    object_of("message", message=STRING),
)
_eliciting(
    "test_elicitation_sep1034_defaults",
    object_of(
        name={"type": "string", "default": "John Doe"},
        age={"type": "integer", "default": 30},
        score={"type": "number", "default": 95.5},
        status={"type": "string", "enum": ["active", "inactive", "pending"], "default": "active"},
        verified={"type": "boolean", "default": True},
    ),
)
_eliciting(
    "test_elicitation_sep1330_enums",
    object_of(
        untitledSingle={"type": "string", "enum": _OPTIONS},
        titledSingle={"type": "string", "oneOf": _TITLED},
        legacyEnum={
            "type": "string",
            "enum": ["opt1", "opt2", "opt3"],
            "enumNames": ["Option One", "Option Two", "Option Three"],
        },
        untitledMulti={"type": "array", "items": {"type": "string", "enum": _OPTIONS}},
        titledMulti={"type": "array", "items": {"anyOf": _TITLED}},
    ),
)
