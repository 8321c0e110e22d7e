"""How long a server asks to wait (RFC 9110 §10.2.3)."""

import re
from datetime import UTC
from email.utils import parsedate_to_datetime

LONGEST = 3600
_SECONDS = re.compile(r"[0-9]{1,9}")


def retry_after(value: str | None, *, now: int) -> int | None:
    """Seconds from 1 to 3,600 of a Retry-After header's number or date; None if there is none to be understood."""
    if value is None or len(value) > 64:
        return None
    value = value.strip()
    if _SECONDS.fullmatch(value):
        return _clamped(int(value))
    try:
        date = parsedate_to_datetime(value)
        return _clamped(int((date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp()) - now)
    except (ValueError, OverflowError):
        return None


def _clamped(seconds: int) -> int:
    return max(1, min(seconds, LONGEST))
