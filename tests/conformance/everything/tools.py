"""Tools that answer at once, or send something while they run."""

from mailconnect.mcp.errors import MissingRequiredClientCapability
from mailconnect.mcp.message import tool_error
from mailconnect.mcp.tool import Call
from tests.conformance.everything.content import AUDIO, IMAGE, Result, embedded, result, text
from tests.conformance.everything.offer import STRING, Offer, object_of
from tests.conformance.everything.stream import STREAM

offer = Offer()
TOOLS = offer.tools

# Every keyword must come through tools/list as it stands here.
_DIALECT_2020_12 = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "$defs": {
        "address": {
            "$anchor": "addressDef",
            "type": "object",
            "properties": {"street": STRING, "city": STRING},
        },
    },
    "properties": {
        "name": STRING,
        "address": {"$ref": "#/$defs/address"},
        "contactMethod": {"type": "string", "enum": ["phone", "email"]},
        "phone": STRING,
        "email": STRING,
    },
    "allOf": [{"anyOf": [{"required": ["phone"]}, {"required": ["email"]}]}],
    "if": {"properties": {"contactMethod": {"const": "phone"}}, "required": ["contactMethod"]},
    "then": {"required": ["phone"]},
    "else": {"required": ["email"]},
    "additionalProperties": False,
}


@offer("test_simple_text")
async def simple_text(_: Call) -> Result:
    return result(text("This is a simple text response for testing."))


@offer("test_image_content")
async def image_content(_: Call) -> Result:
    return result(IMAGE)


@offer("test_audio_content")
async def audio_content(_: Call) -> Result:
    return result(AUDIO)


@offer("test_embedded_resource")
async def embedded_resource(_: Call) -> Result:
    return result(embedded("test://embedded-resource", "text/plain", "This is an embedded resource content."))


@offer("test_multiple_content_types")
async def multiple_content_types(_: Call) -> Result:
    resource = embedded("test://mixed-content-resource", "application/json", '{"test":"data","value":123}')
    return result(text("Multiple content types test:"), IMAGE, resource)


@offer("test_error_handling")
async def error_handling(_: Call) -> Result:
    return tool_error("This tool intentionally returns an error for testing")


@offer("test_tool_with_logging")
async def tool_with_logging(_: Call) -> Result:
    for step in ("started", "processing data", "completed"):
        await STREAM.get().notify("notifications/message", {"level": "info", "data": f"Tool execution {step}"})
    return result(text("Logged."))


@offer("test_tool_with_progress")
async def tool_with_progress(call: Call) -> Result:
    token = call.params.get("_meta", {}).get("progressToken", 0)
    for progress in (0, 50, 100):
        told = {"progressToken": token, "progress": progress, "total": 100}
        await STREAM.get().notify("notifications/progress", told)
    return result(text(str(token)))


@offer("test_sampling", object_of("prompt", prompt=STRING))
async def sampling(call: Call) -> Result:
    messages = [{"role": "user", "content": text(call.arguments["prompt"])}]
    sampled = await STREAM.get().ask("sampling/createMessage", {"messages": messages, "maxTokens": 100})
    return result(text(f"LLM response: {sampled['content']['text']}"))


@offer("json_schema_2020_12_tool", _DIALECT_2020_12)
async def json_schema_2020_12_tool(_: Call) -> Result:
    return result(text("Nothing is done with the arguments."))


@offer("test_missing_capability")
async def missing_capability(call: Call) -> Result:
    if "sampling" not in call.client_capabilities:
        raise MissingRequiredClientCapability({"sampling": {}})
    return result(text("The client can sample."))


@offer("test_logging_tool")
async def logging_tool(_: Call) -> Result:
    """For a client that asked for no log messages."""
    return result(text("Nothing was logged."))
