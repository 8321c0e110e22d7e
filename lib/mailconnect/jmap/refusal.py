"""The meaning of a response other than 200 (RFC 8620 §3.6.1, RFC 9110 §15)."""

import json
from collections.abc import Mapping
from typing import Any

from mailconnect.jmap.errors import REQUEST_ERRORS, LimitExceeded, TooManyRequests
from mailconnect.jmap.response import BOM
from mailconnect.mail.errors import (
    MailboxError,
    Moved,
    RightsMissing,
    Throttled,
    Unauthorized,
    UnexpectedAnswer,
    UpstreamFault,
)
from mailconnect.outbound.retry_after import retry_after

_LONGEST_PROBLEM = 65_536

_MOVED = frozenset({301, 302, 303, 307, 308, 404, 410, 421})
"""At a place where there was an API: it may be at another one now (RFC 9110 §15.4, §15.5.5, §15.5.11, §15.5.20)."""


def longest_problem(status: int) -> int:
    """The bytes to read where the body may hold a problem of §3.6.1. 0 for every other status, which says all."""
    return _LONGEST_PROBLEM if 400 <= status < 500 and status not in {401, 429} else 0


def refusal(status: int, body: bytes, *, wait: str | None, now: int) -> MailboxError:
    """`wait` is the Retry-After header, `now` in seconds since the epoch. The error bears none of the body's words."""
    seconds = retry_after(wait, now=now)
    if status == 401:
        return Unauthorized("401")
    if status == 429:
        return Throttled("429", retry_after=seconds)
    if status >= 500:
        return UpstreamFault(str(status), retry_after=seconds)
    problem = _problem(body)
    kind = problem.get("type")
    if isinstance(kind, str) and kind in REQUEST_ERRORS:
        is_busy = kind == LimitExceeded.type and problem.get("limit") == "maxConcurrentRequests"
        return (TooManyRequests if is_busy else REQUEST_ERRORS[kind])(kind, retry_after=seconds)
    if status == 403:
        return RightsMissing("403")
    return Moved(str(status)) if status in _MOVED else UnexpectedAnswer(str(status))


def _problem(body: bytes) -> Mapping[str, Any]:
    """Not judged by the content type: servers send problems as plain JSON, and HTML under any name."""
    try:
        problem = json.loads(body.removeprefix(BOM))
    except (ValueError, RecursionError):
        return {}
    return problem if isinstance(problem, dict) else {}
