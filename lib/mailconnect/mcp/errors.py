"""The errors between a client and this server, each with its code on the wire.

ProtocolError                            (JSON-RPC 2.0 §5.1, MCP 2026-07-28 basic, Error Codes)
├── ParseError                           -32700
├── InvalidRequest                       -32600
├── MethodNotFound                       -32601
├── InvalidParams                        -32602
├── InternalError                        -32603
├── HeaderMismatch                       -32020
├── MissingRequiredClientCapability      -32021
├── UnsupportedProtocolVersion           -32022
└── UrlElicitationRequired               -32042 (2025-11-25 alone)

InsufficientScope                        no JSON-RPC error: HTTP 403 (RFC 6750 §3.1)

An error inside a tool is neither: it is a result with `isError` that the model reads.
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar


class ProtocolError(Exception):
    """`status` is HTTP's for a legacy request, `modern_status` for one of 2026-07-28.

    `id` is set where the request's id is known already; elsewhere the dispatcher knows it.
    """

    code: ClassVar[int]
    status: ClassVar[int]
    modern_status: ClassVar[int] = 400

    def __init__(self, message: str, *, data: Mapping[str, Any] | None = None, id: str | int | None = None) -> None:  # noqa: A002 - its name in JSON-RPC
        super().__init__(message)
        self.message = message
        self.data = data
        self.id = id


class ParseError(ProtocolError):
    code = -32700
    status = 400


class InvalidRequest(ProtocolError):
    code = -32600
    status = 400


class MethodNotFound(ProtocolError):
    code = -32601
    status = 200
    modern_status = 404


class InvalidParams(ProtocolError):
    code = -32602
    status = 200


class InternalError(ProtocolError):
    code = -32603
    status = 200
    modern_status = 200  # the specification names none, and the official server sends this


class HeaderMismatch(ProtocolError):
    code = -32020
    status = 400


class MissingRequiredClientCapability(ProtocolError):
    code = -32021
    status = 400

    def __init__(self, required: Mapping[str, Any]) -> None:
        """`required` has the shape of ClientCapabilities, such as `{"sampling": {}}`."""
        super().__init__("A client capability is missing", data={"requiredCapabilities": required})


class UnsupportedProtocolVersion(ProtocolError):
    code = -32022
    status = 400

    def __init__(self, requested: str, supported: Sequence[str]) -> None:
        super().__init__("Unsupported protocol version", data={"supported": [*supported], "requested": requested})


class UrlElicitationRequired(ProtocolError):
    """The person has to do something at an address first, then the call is made again (2025-11-25 client/elicitation).

    The message has the address too: a client may show its model no more than that.
    """

    code = -32042
    status = 200

    def __init__(self, message: str, url: str, ident: str) -> None:
        asked = {"mode": "url", "elicitationId": ident, "url": url, "message": message}
        super().__init__(f"{message} {url}", data={"elicitations": [asked]})


class InsufficientScope(Exception):
    """The grant does not reach as far as the tool. `required` is all the call needs, granted already or not."""

    def __init__(self, required: frozenset[str]) -> None:
        super().__init__(" ".join(sorted(required)))
        self.required = required
