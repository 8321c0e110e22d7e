"""What the HTTP edge sends back: a status, JSON bytes or nothing, and headers."""

from collections.abc import Mapping, Sequence
from typing import Any

from mailconnect.encoding.discreet import Discreet
from mailconnect.encoding.fast_json import encode
from mailconnect.mcp.errors import ProtocolError

_HEADERS = (("cache-control", "no-store"),)
_JSON_HEADERS = (("content-type", "application/json"), *_HEADERS)


class Answer(Discreet, frozen=True):
    """`operation` names what was done, in words of this server alone, for logs and counters: "tools/call get_session".

    `fault` is an exception nobody expected. It belongs in the log; the body says no more than "Internal error".
    """

    status: int
    body: bytes | None
    headers: tuple[tuple[str, str], ...]
    operation: str = ""
    fault: Exception | None = None


ACCEPTED = Answer(202, None, _HEADERS, "notification")


def json_response(status: int, value: Any, *, operation: str = "", fault: Exception | None = None) -> Answer:
    return Answer(status, encode(value), _JSON_HEADERS, operation, fault)


def refusal(status: int, code: int, message: str, *, headers: Sequence[tuple[str, str]] = ()) -> Answer:
    """For the edge's own refusals, before or instead of any request. Codes of ours lie outside -32768 to -32000."""
    error = {"jsonrpc": "2.0", "id": None, "error": {"code": code, "message": message}}
    return Answer(status, encode(error), (*_JSON_HEADERS, *headers))


def result_response(ident: str | int, result: Mapping[str, Any]) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": ident, "result": result}


def error_response(ident: str | int | None, error: ProtocolError) -> dict[str, Any]:
    described: dict[str, Any] = {"code": error.code, "message": error.message}
    if error.data is not None:
        described["data"] = error.data
    return {"jsonrpc": "2.0", "id": ident, "error": described}
