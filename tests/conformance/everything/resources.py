"""Resources, a template of them, and subscriptions to which nothing ever happens."""

import json

from mailconnect.mcp.errors import InvalidParams
from mailconnect.mcp.server import Method
from mailconnect.mcp.tool import Call
from tests.conformance.everything.content import PNG, Result

_FIXED = {
    "test://static-text": {
        "mimeType": "text/plain",
        "text": "This is the content of the static text resource.",
    },
    "test://static-binary": {"mimeType": "image/png", "blob": PNG},
    "test://watched-resource": {"mimeType": "text/plain", "text": "Watched resource content"},
}
_TEMPLATE = "test://template/{id}/data"


async def list_resources(_: Call) -> Result:
    listed = [
        {"uri": uri, "name": uri.removeprefix("test://"), "mimeType": content["mimeType"]}
        for uri, content in _FIXED.items()
    ]
    return {"resources": listed}


async def list_templates(_: Call) -> Result:
    return {"resourceTemplates": [{"uriTemplate": _TEMPLATE, "name": "template", "mimeType": "application/json"}]}


async def read(call: Call) -> Result:
    uri = call.params.get("uri")
    if uri in _FIXED:
        return {"contents": [{"uri": uri, **_FIXED[uri]}]}
    before, after = _TEMPLATE.split("{id}")
    if isinstance(uri, str) and uri.startswith(before) and uri.endswith(after):
        ident = uri.removeprefix(before).removesuffix(after)
        filled = {"id": ident, "templateTest": True, "data": f"Data for ID: {ident}"}
        return {"contents": [{"uri": uri, "mimeType": "application/json", "text": json.dumps(filled)}]}
    raise InvalidParams("Resource not found", data={"uri": uri})


async def nothing(_: Call) -> Result:
    return {}


METHODS = {
    "resources/list": Method(list_resources),
    "resources/templates/list": Method(list_templates),
    "resources/read": Method(read),
    "resources/subscribe": Method(nothing, modern=False),
    "resources/unsubscribe": Method(nothing, modern=False),
}
