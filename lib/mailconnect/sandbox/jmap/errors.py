"""How JMAP refuses: a whole request (RFC 8620 §3.6.1), or one method call (§3.6.2).

JMAPError
├── RequestError         problem+json, HTTP 400
│   ├── NotJSON
│   ├── NotRequest
│   ├── UnknownCapability
│   └── Limit
└── MethodError          an "error" response, HTTP 200
    ├── UnknownMethod
    ├── InvalidArguments
    ├── InvalidResultReference
    ├── AccountNotFound
    ├── AccountNotSupportedByMethod
    ├── RequestTooLarge
    ├── UnsupportedFilter
    ├── UnsupportedSort
    ├── AnchorNotFound
    ├── CannotCalculateChanges
    ├── StateMismatch
    └── AccountReadOnly
"""

from typing import Any, ClassVar

from starlette.responses import JSONResponse, Response

_TITLES = {
    "notJSON": "The request is not JSON",
    "notRequest": "The request is JSON, but not of the type Request",
    "unknownCapability": "The request uses a capability that is not there",
    "limit": "The request is over a limit",
}


class JMAPError(Exception):
    code: ClassVar[str]

    def __init__(self, detail: str, **members: Any) -> None:
        super().__init__(detail)
        self.detail = detail
        self.members = members


class RequestError(JMAPError):
    def response(self) -> Response:
        return problem(self.code, 400, detail=self.detail, **self.members)


class NotJSON(RequestError):
    code = "notJSON"


class NotRequest(RequestError):
    code = "notRequest"


class UnknownCapability(RequestError):
    code = "unknownCapability"


class Limit(RequestError):
    code = "limit"


class MethodError(JMAPError):
    def arguments(self) -> dict[str, Any]:
        return {"type": self.code, "description": self.detail, **self.members}


class UnknownMethod(MethodError):
    code = "unknownMethod"


class InvalidArguments(MethodError):
    code = "invalidArguments"


class InvalidResultReference(MethodError):
    code = "invalidResultReference"


class AccountNotFound(MethodError):
    code = "accountNotFound"


class AccountNotSupportedByMethod(MethodError):
    code = "accountNotSupportedByMethod"


class RequestTooLarge(MethodError):
    code = "requestTooLarge"


class UnsupportedFilter(MethodError):
    code = "unsupportedFilter"


class UnsupportedSort(MethodError):
    code = "unsupportedSort"


class AnchorNotFound(MethodError):
    code = "anchorNotFound"


class CannotCalculateChanges(MethodError):
    code = "cannotCalculateChanges"


class StateMismatch(MethodError):
    code = "stateMismatch"


class AccountReadOnly(MethodError):
    code = "accountReadOnly"


def problem(code: str, status: int, **members: Any) -> Response:
    """RFC 7807, as RFC 8620 §3.6.1 uses it; a limit names the limit."""
    named = {"limit": "maxSizeRequest"} if code == "limit" and "limit" not in members else {}
    document = {"type": f"urn:ietf:params:jmap:error:{code}", "title": _TITLES.get(code, code), "status": status}
    return JSONResponse({**document, **named, **members}, status, media_type="application/problem+json")
