"""What happened to whom, in one JSON line an event, without a secret, a name or an address (OWASP ASVS 16.2.5)."""

import hashlib
import json
import logging

_LOG = logging.getLogger("mailconnect.audit")


def grant_hash(grant_id: str) -> str:
    """How a grant is called in logs, receipts and KMS contexts: its id is half of what a token is made of."""
    return hashlib.sha256(b"grant\0" + grant_id.encode()).hexdigest()[:32]


def record(event: str, **facts: str | int | None) -> None:
    """`facts` are codes, counts, times and hashes: never text from outside."""
    _LOG.info(json.dumps({"event": event} | {name: value for name, value in facts.items() if value is not None}))


def fault(error: BaseException) -> str:
    """Logs what nobody expected by its type and place, not by its words, and returns a reference to quote."""
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    place = f"{frame.tb_frame.f_code.co_qualname}:{frame.tb_lineno}" if frame else ""
    reference = hashlib.sha256(f"{type(error).__qualname__} {place}".encode()).hexdigest()[:8]
    _LOG.error(json.dumps({"event": "fault", "type": type(error).__qualname__, "at": place, "reference": reference}))
    return reference
