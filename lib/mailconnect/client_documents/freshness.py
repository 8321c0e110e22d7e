"""For how long a response may be used again, as its headers say (RFC 9111 §4.2, for a shared cache)."""

from collections.abc import Iterable
from email.utils import parsedate_to_datetime

LONGEST = 86_400
UNSAID = 300
"""Seconds, where the headers say nothing: for the pages of one connection being made."""


def lifetime(headers: Iterable[tuple[str, str]]) -> int:
    """Seconds from now, 0 to a day. What cannot be read counts as expired (§4.2.1, §5.3)."""
    by_name: dict[str, list[str]] = {}
    for name, value in headers:
        by_name.setdefault(name, []).append(value)
    directives = _directives(by_name.get("cache-control", []))
    if directives.keys() & {"no-store", "no-cache", "private"}:
        return 0
    for directive in ("s-maxage", "max-age"):
        if directive in directives:
            return _within(_seconds(directives[directive]) - _age(by_name))
    if "expires" in by_name:
        return _within(_until(by_name["expires"], by_name.get("date", [])) - _age(by_name))
    return UNSAID


def _directives(values: Iterable[str]) -> dict[str, str]:
    """The least of a directive that repeats."""
    directives: dict[str, str] = {}
    for part in ",".join(values).split(","):
        name, _, argument = part.strip().partition("=")
        given = argument.strip().strip('"')
        if name:
            known = directives.get(name.lower())
            directives[name.lower()] = given if known is None or _seconds(given) < _seconds(known) else known
    return directives


def _age(by_name: dict[str, list[str]]) -> int:
    return max(map(_seconds, by_name.get("age", [])), default=0)


def _until(expires: list[str], date: list[str]) -> int:
    try:
        return int((parsedate_to_datetime(expires[0]) - parsedate_to_datetime(date[0])).total_seconds())
    except (ValueError, TypeError, IndexError, OverflowError):
        return 0


def _seconds(text: str) -> int:
    """As many as a cache must be able to count (§1.2.2)."""
    return min(int(text.lstrip("0")[:11] or 0), 2**31) if text.isdecimal() and text.isascii() else 0


def _within(seconds: int) -> int:
    return min(max(seconds, 0), LONGEST)
