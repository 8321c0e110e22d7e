"""Prompts, and the completion of their arguments."""

from typing import Any

from mailconnect.mcp.errors import InvalidParams
from mailconnect.mcp.server import Method
from mailconnect.mcp.tool import Call
from tests.conformance.everything.content import IMAGE, Result, embedded, text
from tests.conformance.everything.input_required import answers, elicitation, need

_ARGUMENTS: dict[str, list[str]] = {
    "test_simple_prompt": [],
    "test_prompt_with_arguments": ["arg1", "arg2"],
    "test_prompt_with_embedded_resource": ["resourceUri"],
    "test_prompt_with_image": [],
    "test_input_required_result_prompt": [],
}


def _from_the_user(*content: dict[str, Any]) -> Result:
    return {"messages": [{"role": "user", "content": piece} for piece in content]}


async def list_prompts(_: Call) -> Result:
    prompts = [
        {
            "name": name,
            "description": "A fixture of the conformance suite.",
            "arguments": [{"name": argument, "required": True} for argument in arguments],
        }
        for name, arguments in _ARGUMENTS.items()
    ]
    return {"prompts": prompts}


async def get(call: Call) -> Result:
    given = call.arguments
    match call.params.get("name"):
        case "test_simple_prompt":
            return _from_the_user(text("This is a simple prompt for testing."))
        case "test_prompt_with_arguments":
            words = f"Prompt with arguments: arg1='{given['arg1']}', arg2='{given['arg2']}'"
            return _from_the_user(text(words))
        case "test_prompt_with_embedded_resource":
            resource = embedded(given["resourceUri"], "text/plain", "Embedded resource content for testing.")
            return _from_the_user(resource, text("Please process the embedded resource above."))
        case "test_prompt_with_image":
            return _from_the_user(IMAGE, text("Please analyze the image above."))
        case "test_input_required_result_prompt":
            if "user_context" not in answers(call):
                return need({"user_context": elicitation("What context should the prompt use?", "context")})
            return _from_the_user(text("The context has come."))
        case _:
            raise InvalidParams("Unknown prompt")


async def complete(_: Call) -> Result:
    return {"completion": {"values": [], "total": 0, "hasMore": False}}


METHODS = {
    "prompts/list": Method(list_prompts),
    "prompts/get": Method(get),
    "completion/complete": Method(complete),
}
