"""One JSON line for each request: route, entry point, outcome and duration (OWASP ASVS 16.2.1).

A line has no address, query, header or body, and no path except a route's: nothing in it is text from outside.
"""

import logging
from collections.abc import Callable, Mapping
from contextvars import Token
from dataclasses import dataclass, field
from datetime import UTC, datetime

from starlette.types import Scope

from mailconnect import log
from mailconnect.clock import Entropy
from mailconnect.encoding import fast_json
from mailconnect.encoding.discreet import Discreet
from mailconnect.endpoints.http.address_family import address_family

_LOG = logging.getLogger("mailconnect.requests")
_METHODS = frozenset({"GET", "HEAD", "POST", "OPTIONS", "DELETE", "PUT", "PATCH"})

Write = Callable[[str], None]

REQUEST_ID = "mailconnect.request_id"
"""The key in the ASGI scope under which the gateway's name for the request is."""


class TimeOf:
    """Formats seconds since the epoch (RFC 3339, milliseconds). The text of the current second is cached."""

    def __init__(self) -> None:
        self._second = -1
        self._text = ""

    def __call__(self, now: float) -> str:
        second = int(now)
        if second != self._second:
            self._second, self._text = second, datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S")
        return f"{self._text}.{int((now - second) * 1000):03}+00:00"


@dataclass(frozen=True, slots=True)
class RequestLog:
    """`entry_points`: of each route. `now`: seconds since the epoch, with fractions. `timer`: seconds since an
    arbitrary moment.

    `public`: the service is reached over https. `write` takes a line.
    """

    entry_points: Mapping[str, str]
    now: Callable[[], float]
    timer: Callable[[], float]
    entropy: Entropy
    public: bool
    write: Write
    time_of: TimeOf = field(default_factory=TimeOf)

    def begin(self, scope: Scope) -> "Begun":
        path = scope["path"]
        entry_point = self.entry_points.get(path, "none")
        request = log.Request(
            scope.get(REQUEST_ID) or self.entropy(8).hex(),
            entry_point,
            address_family(scope.get("client"), public=self.public) or "none",
        )
        route = path if path in self.entry_points else "none"
        return Begun(request, log.begin(request), route, scope["method"], self.timer())

    def end(self, begun: "Begun", status: int) -> None:
        """`status` is 0 where no response was sent."""
        log.end(begun.token)
        request = begun.request
        line = {
            "time": self.time_of(self.now()),
            "door": request.entry_point,
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
        self.write(fast_json.encode(line).decode())


class Begun(Discreet, frozen=True):
    request: log.Request
    token: Token[log.Request | None]
    route: str
    method: str
    at: float


def logged(line: str) -> None:
    """Hands a line to Python's logging, which costs as much as everything else about the line."""
    if _LOG.isEnabledFor(logging.INFO):
        # Not `_LOG.info`, which looks up who called it.
        _LOG.handle(logging.LogRecord(_LOG.name, logging.INFO, "", 0, line, None, None))
