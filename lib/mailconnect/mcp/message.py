"""JSON-RPC messages, read from untrusted bytes, strictly (JSON-RPC 2.0 §4, RFC 8259), and written (§5).

The results that a tool gives are made here too (MCP server/tools).
"""

from collections.abc import Mapping
from typing import Any

from mailconnect.encoding import strict_json
from mailconnect.encoding.discreet import Discreet
from mailconnect.encoding.fast_json import encode
from mailconnect.mcp.errors import InvalidRequest, ParseError, ProtocolError

LONGEST_BODY = 262_144  # bytes; the HTTP edge refuses more with 413 before it reads that far
DEEPEST = 64
_LONGEST_INTEGER = 20  # digits
_EXACT = 2**53  # below it a double holds every integer

_READ = strict_json.Reader(max_depth=DEEPEST, max_digits=_LONGEST_INTEGER, takes_nul=True)


class RpcRequest(Discreet, frozen=True):
    id: str | int
    method: str
    params: Mapping[str, Any]
    meta: Mapping[str, Any] = {}


class Notification(Discreet, frozen=True):
    method: str
    params: Mapping[str, Any]
    meta: Mapping[str, Any] = {}


Message = RpcRequest | Notification

_HEADERS = (("cache-control", "no-store"),)
_JSON_HEADERS = (("content-type", "application/json"), *_HEADERS)


class HttpResponse(Discreet, frozen=True):
    """The response that the HTTP edge sends: a status, JSON bytes or nothing, and headers.

    `operation` names what was done, in words of this server alone, for logs and counters: "tools/call get_session".
    `fault` is an exception that nobody expected. It belongs in the log; the body says no more than "Internal error".
    """

    status: int
    body: bytes | None
    headers: tuple[tuple[str, str], ...]
    operation: str = ""
    fault: Exception | None = None


ACCEPTED = HttpResponse(202, None, _HEADERS, "notification")


def decode(body: bytes) -> Any:
    """Raises ParseError, or InvalidRequest for a number out of range."""
    if len(body) > LONGEST_BODY:
        raise ParseError("The body is too long")
    try:
        return _READ(body)
    except strict_json.OutOfRange:
        raise InvalidRequest("A number is out of range") from None
    except strict_json.NotJson:
        raise ParseError("The body is not valid JSON") from None


def read(value: Any) -> Message:
    """Raises InvalidRequest, with the id where there is a good one."""
    if not isinstance(value, dict):
        raise InvalidRequest("The body must be a single JSON-RPC request or notification")
    known = id_of(value)
    if "id" in value and known is None:
        raise InvalidRequest("The id must be a string or an integer")
    if value.get("jsonrpc") != "2.0":
        raise InvalidRequest('The member "jsonrpc" must be "2.0"', id=known)
    method = value.get("method")
    if not isinstance(method, str) or not method:
        raise InvalidRequest("The method must be a string", id=known)
    params = value.get("params")
    if params is None or params == []:  # PHP's empty map is an empty array
        params = {}
    if not isinstance(params, dict):
        raise InvalidRequest("The params must be an object", id=known)
    meta = params.get("_meta")
    if not isinstance(meta, dict):
        meta = {}
    return Notification(method, params, meta) if known is None else RpcRequest(known, method, params, meta)


def id_of(message: Mapping[str, Any]) -> str | int | None:
    """None where there is no good one. 1.0 is 1: languages whose numbers are all doubles write it so."""
    ident = message.get("id")
    if isinstance(ident, float) and ident.is_integer() and abs(ident) < _EXACT:
        return int(ident)
    return ident if isinstance(ident, str | int) and not isinstance(ident, bool) else None


def json_response(status: int, value: Any, *, operation: str = "", fault: Exception | None = None) -> HttpResponse:
    return HttpResponse(status, encode(value), _JSON_HEADERS, operation, fault)


def result_response(ident: str | int, result: Mapping[str, Any]) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": ident, "result": result}


def error_response(ident: str | int | None, error: ProtocolError) -> dict[str, Any]:
    described: dict[str, Any] = {"code": error.code, "message": error.message}
    if error.data is not None:
        described["data"] = error.data
    return {"jsonrpc": "2.0", "id": ident, "error": described}


def tool_result(text: str, structured: Mapping[str, Any]) -> dict[str, Any]:
    """The text says all that the structure says, ids included: not every client shows a model both."""
    return {"content": [{"type": "text", "text": text}], "structuredContent": structured, "isError": False}


def text_result(text: str) -> dict[str, Any]:
    """For mail content: several clients show a model the structure alone, and the fence would be lost."""
    return {"content": [{"type": "text", "text": text}], "isError": False}


def tool_error(text: str) -> dict[str, Any]:
    return {"content": [{"type": "text", "text": text}], "isError": True}
