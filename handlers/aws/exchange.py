"""Between a checked event and ASGI, in Mangum's own terms but without what Mangum does to a request.

Mangum unquotes the path once more, though API Gateway has (`/%256dcp` would arrive as `/mcp`); it declares an empty
answer to be JSON, and sends problem+json as base64.
"""

import base64
from typing import Any

from mangum.types import LambdaConfig, LambdaContext, LambdaEvent, Response, Scope

from mailconnect.endpoints.http.request_log import REQUEST_ID

SECOND_NAME = "mailconnect-challenge"
"""A challenge is said under this name too. API Gateway renames www-authenticate to a header that no mapping may read,
and can be told to write it anew from this one (MapChallenge in template.yaml)."""


class Exchange:
    """One request and its response: a mangum.types.LambdaHandler for events that `event` has checked."""

    def __init__(self, event: LambdaEvent, context: LambdaContext, config: LambdaConfig) -> None:
        self.event = event
        self.context = context
        self.config = config

    @classmethod
    def infer(cls, event: LambdaEvent, context: LambdaContext, config: LambdaConfig) -> bool:  # noqa: ARG003 - Mangum's
        return True

    @property
    def body(self) -> bytes:
        body: str = self.event.get("body", "")
        return base64.b64decode(body) if self.event["isBase64Encoded"] else body.encode()

    @property
    def scope(self) -> Scope:
        """ASGI §HTTP connection scope. The query is what the client sent: only there do repeated parameters show."""
        http = self.event["requestContext"]["http"]
        headers = [(name.lower().encode(), value.encode()) for name, value in self.event["headers"].items()]
        if self.event.get("cookies"):
            headers.append((b"cookie", "; ".join(self.event["cookies"]).encode()))
        return {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.0"},
            "http_version": "1.1",
            "method": http["method"],
            "scheme": "https",
            "path": self.event["rawPath"],
            "raw_path": None,
            "root_path": "",
            "query_string": self.event["rawQueryString"].encode(),
            "headers": headers,
            # The gateway's word for the caller's address, or that of our own front; never X-Forwarded-For's.
            "client": (http["sourceIp"], 0),
            REQUEST_ID: self.event["requestContext"].get("requestId"),
            "server": (self.event["requestContext"]["domainName"], 443),
        }

    def __call__(self, response: Response) -> dict[str, Any]:
        """API Gateway's response format 2.0. It has one value for each name: several are a list (RFC 9110 §5.3)."""
        headers: dict[str, str] = {}
        cookies: list[str] = []
        for raw_name, raw_value in response["headers"]:
            name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
            if name == "set-cookie":
                cookies.append(value)
            elif name != "content-length":  # the gateway counts what it sends
                headers[name] = f"{headers[name]}, {value}" if name in headers else value
        if "www-authenticate" in headers:
            headers[SECOND_NAME] = headers["www-authenticate"]
        return {"statusCode": response["status"], "headers": headers, "cookies": cookies} | _encoded(response["body"])


def _encoded(body: bytes) -> dict[str, Any]:
    try:
        return {"body": body.decode(), "isBase64Encoded": False}
    except UnicodeDecodeError:
        return {"body": base64.b64encode(body).decode(), "isBase64Encoded": True}
