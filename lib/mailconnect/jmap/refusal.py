"""What an answer other than 200 means (RFC 8620 §3.6.1, RFC 9110 §15)."""

import json

from mailconnect.jmap.errors import REQUEST_ERRORS
from mailconnect.mail.errors import MailboxError, Throttled, Unauthorized, UnexpectedAnswer, UpstreamFault
from mailconnect.outbound.retry_after import retry_after

LONGEST_PROBLEM = 65_536


def is_worth_reading(status: int) -> bool:
    """Whether the body may hold a problem of §3.6.1. For every other status the status says all."""
    return 400 <= status < 500 and status not in {401, 429}


def refusal(status: int, body: bytes, *, wait: str | None, now: int) -> MailboxError:
    """`wait` is the Retry-After header, `now` in seconds since the epoch. The error bears none of the body's words."""
    seconds = retry_after(wait, now=now)
    if status == 401:
        return Unauthorized("401")
    if status == 429:
        return Throttled("429", retry_after=seconds)
    if status >= 500:
        return UpstreamFault(str(status), retry_after=seconds)
    problem = _problem_type(body)
    if problem in REQUEST_ERRORS:
        return REQUEST_ERRORS[problem](problem, retry_after=seconds)
    return UnexpectedAnswer(str(status))


def _problem_type(body: bytes) -> str:
    """Not judged by the content type: servers send problems as plain JSON, and HTML under any name."""
    try:
        problem = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    kind = problem.get("type") if isinstance(problem, dict) else None
    return kind if isinstance(kind, str) else ""
