"""One JSON line for each request: route, entry point, outcome and duration (OWASP ASVS 16.2.1).

A line has no address, query, header or body, and no path except a route's: nothing in it is text from outside.
"""

import ipaddress
import logging
import socket
from collections.abc import Callable, Mapping
from contextvars import Token
from dataclasses import dataclass, field
from datetime import UTC, datetime

from msgspec.json import Encoder
from starlette.types import Scope

from mailconnect import log
from mailconnect.clock import Entropy
from mailconnect.encoding.discreet import Discreet

_LOG = logging.getLogger("mailconnect.requests")
_METHODS = frozenset({"GET", "HEAD", "POST", "OPTIONS", "DELETE", "PUT", "PATCH"})

_encode = Encoder().encode

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
        request = log.RequestFacts(
            scope.get(REQUEST_ID) or self.entropy(8).hex(),
            entry_point,
            address_family(scope.get("client"), public=self.public),
        )
        route = path if path in self.entry_points else "none"
        return Begun(request, log.CURRENT.set(request), route, scope["method"], self.timer())

    def end(self, begun: "Begun", status: int) -> None:
        """`status` is 0 where no response was sent."""
        log.CURRENT.reset(begun.token)
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
            "source": request.address_family or "none",
        }
        if request.reason is not None:
            line["reason"] = request.reason
        if request.grant is not None:
            line["grant"] = request.grant
        self.write(_encode(line).decode())


class Begun(Discreet, frozen=True):
    request: log.RequestFacts
    token: Token[log.RequestFacts | None]
    route: str
    method: str
    at: float


def address_family(client: object, *, public: bool) -> str | None:
    """`IPv4` or `IPv6` (RFC 4291 §2.5.5.2), from the request's connection (ASGI's `client`).

    None where the connection's address is not the client's own.

    `public`: the service is reached over https. Then a connection on loopback comes from a web server in front of us.
    """
    match client:
        case (str(host), _):
            if _is_ipv4(host):
                return None if public and host.startswith("127.") else "IPv4"
            try:
                address = ipaddress.ip_address(host)
            except ValueError:
                return None
        case _:
            return None
    if isinstance(address, ipaddress.IPv6Address):
        address = address.ipv4_mapped or address
    return None if public and address.is_loopback else f"IPv{address.version}"


def _is_ipv4(host: str) -> bool:
    """Most addresses are IPv4, and `ipaddress` takes ten times as long to say so."""
    try:
        socket.inet_pton(socket.AF_INET, host)
    except (OSError, ValueError):
        return False
    return True


def logged(line: str) -> None:
    """Hands a line to Python's logging, which costs as much as everything else about the line."""
    if _LOG.isEnabledFor(logging.INFO):
        # Not `_LOG.info`, which looks up who called it.
        _LOG.handle(logging.LogRecord(_LOG.name, logging.INFO, "", 0, line, None, None))
