"""The log: one JSON line for each event, without a secret, a name or an address (OWASP ASVS 16.2.5)."""

import hashlib
import json
import logging
from contextvars import ContextVar
from dataclasses import dataclass

from mailconnect import pseudonyms

_LOG = logging.getLogger("mailconnect.audit")


@dataclass(slots=True)
class RequestFacts:
    """The facts of the current request that may be logged. Events set `grant` and `reason`."""

    id: str | None
    entry_point: str
    address_family: str | None = None
    """`IPv4` or `IPv6`, never the address itself. None where it is not known."""
    grant: str | None = None
    reason: str | None = None

    @property
    def source(self) -> str:
        """The address family, as a line or an event states it."""
        return self.address_family or "none"


CURRENT: ContextVar[RequestFacts | None] = ContextVar("request", default=None)
"""The current request, to which events belong. None where the program acts by itself."""


def request() -> RequestFacts:
    """The current request, or one that says nothing."""
    return CURRENT.get() or RequestFacts(None, "none")


def about(grant_id: str) -> None:
    """Says that the current request has shown a token of this grant."""
    of = CURRENT.get()
    if of is not None:
        of.grant = pseudonyms.grant_hash(grant_id)


def record(event: str, **facts: str | int | None) -> None:
    """Logs an event. `facts` are codes, counts, times and hashes: never text from outside."""
    of = CURRENT.get()
    if of is not None:
        of.grant = _text(facts.get("grant")) or of.grant
        of.reason = _text(facts.get("reason")) or of.reason
        facts["request"] = of.id
    _LOG.info(json.dumps({"event": event} | {name: value for name, value in facts.items() if value is not None}))


def fault(error: BaseException) -> str:
    """Logs an unexpected error by its type and place, without its message. Returns a reference to quote."""
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    place = f"{frame.tb_frame.f_code.co_qualname}:{frame.tb_lineno}" if frame else ""
    reference = hashlib.sha256(f"{type(error).__qualname__} {place}".encode()).hexdigest()[:8]
    line = {"event": "fault", "type": type(error).__qualname__, "at": place, "reference": reference}
    _LOG.error(json.dumps(line | ({"request": of.id} if (of := CURRENT.get()) and of.id else {})))
    return reference


def _text(fact: str | int | None) -> str | None:
    return None if fact is None else str(fact)
