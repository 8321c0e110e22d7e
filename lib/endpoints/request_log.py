"""One JSON line a request: what was asked of which door, how it went and how long it took (OWASP ASVS 16.2.1).

Neither an address, a query, a header, a body nor a path that no route has: nothing that comes from outside but what a
route or a status is the name of.
"""

import logging
from collections.abc import Callable
from contextvars import Token
from dataclasses import dataclass
from datetime import UTC, datetime

from starlette.types import Scope

from lib import audit, fast_json
from lib.clock import Entropy
from lib.endpoints.address_family import address_family
from lib.endpoints.policy import policy_of

_LOG = logging.getLogger("mailconnect.requests")
_METHODS = frozenset({"GET", "HEAD", "POST", "OPTIONS", "DELETE", "PUT", "PATCH"})

REQUEST_ID = "mailconnect.request_id"
"""Where a scope holds the name that the request has already: the gateway's."""


@dataclass(frozen=True, slots=True)
class RequestLog:
    """`now`: seconds since the epoch, with fractions. `timer`: seconds since whenever. `public`: reached at https."""

    routes: frozenset[str]
    now: Callable[[], float]
    timer: Callable[[], float]
    entropy: Entropy
    public: bool

    def begin(self, scope: Scope) -> "Begun":
        path = scope["path"]
        route = path if path in self.routes else "none"
        request = audit.Request(
            scope.get(REQUEST_ID) or self.entropy(8).hex(),
            policy_of(route).door,
            address_family(scope.get("client"), public=self.public) or "none",
        )
        return Begun(request, audit.begin(request), route, scope["method"], self.timer())

    def end(self, begun: "Begun", status: int) -> None:
        """`status` 0: nothing was answered."""
        audit.end(begun.token)
        if not _LOG.isEnabledFor(logging.INFO):
            return
        request = begun.request
        line = {
            "time": datetime.fromtimestamp(self.now(), UTC).isoformat(timespec="milliseconds"),
            "door": request.door,
            "route": begun.route,
            "method": begun.method if begun.method in _METHODS else "other",
            "status": status,
            "outcome": "ok" if 0 < status < 400 else "refused" if 400 <= status < 500 else "failed",
            "ms": round((self.timer() - begun.at) * 1000, 1),
            "request": request.id,
            "source": request.source,
        }
        if request.reason is not None:
            line["reason"] = request.reason
        if request.grant is not None:
            line["grant"] = request.grant
        # Not `_LOG.info`, which looks up who called it: that costs as much as all the rest of the line.
        text = fast_json.encode(line).decode()
        _LOG.handle(logging.LogRecord(_LOG.name, logging.INFO, "", 0, text, None, None))


@dataclass(frozen=True, slots=True)
class Begun:
    request: audit.Request
    token: Token[audit.Request | None]
    route: str
    method: str
    at: float
