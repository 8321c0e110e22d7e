"""HTTP responses to programs: JSON, never cached, with the error code of its specification."""

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from mailconnect.encoding import fast_json
from mailconnect.oauth.errors import OAuthError, TemporarilyUnavailable

NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}  # both: RFC 6749 §5.1
CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "WWW-Authenticate, Retry-After, MCP-Protocol-Version",
}
"""For endpoints where the client authenticates by what it sends. Cookies play no part, so any origin may call."""


# `*` does not stand for Authorization.
_REQUEST_HEADERS = (
    "Authorization, Accept, Content-Type, Last-Event-ID, MCP-Protocol-Version, Mcp-Method, Mcp-Name, Mcp-Session-Id, *"
)
"""A page may send any header: the endpoint validates what it uses."""


def json_response(document: Any, status: int = 200, headers: Mapping[str, str] = NO_STORE) -> Response:
    return Response(fast_json.encode(document), status, dict(headers), media_type="application/json")


def oauth_error(error: OAuthError) -> Response:
    """RFC 6749 §5.2, RFC 7591 §3.2.2."""
    headers = NO_STORE | CORS
    if error.status == 401:  # which must name a way to authenticate (RFC 9110 §15.5.2)
        headers = headers | {"WWW-Authenticate": 'Basic realm="mailconnect"'}
    if isinstance(error, TemporarilyUnavailable):
        headers = headers | {"Retry-After": str(error.retry_after)}
    return json_response({"error": error.code, "error_description": error.description}, error.status, headers)


def temporarily_unavailable(retry_after: int) -> Response:
    """503. `retry_after` is in seconds (RFC 9110 §10.2.3)."""
    document = {"error": "temporarily_unavailable"}
    return json_response(document, 503, NO_STORE | CORS | {"Retry-After": str(retry_after)})


def preflight(*methods: str) -> Response:
    """The response to a CORS preflight (Fetch §3.2.3)."""
    allow = {
        "Access-Control-Allow-Methods": ", ".join(methods),
        "Access-Control-Allow-Headers": _REQUEST_HEADERS,
        "Access-Control-Max-Age": "600",
    }
    return Response(status_code=204, headers=NO_STORE | CORS | allow)
