"""Email/query and Email/queryChanges (RFC 8621 §4.4, §4.5)."""

from collections.abc import Callable
from typing import Any

from mailconnect.sandbox.jmap import window
from mailconnect.sandbox.jmap.call import Call
from mailconnect.sandbox.jmap.email.filter import email_test
from mailconnect.sandbox.jmap.errors import CannotCalculateChanges, InvalidArguments, UnsupportedSort
from mailconnect.sandbox.mail.header_forms import as_addresses, as_date, as_text
from mailconnect.sandbox.mail.store import Email
from mailconnect.sandbox.mail.threads import base_subject

_NEWEST_FIRST = [{"property": "receivedAt", "isAscending": False}]


def email_query(call: Call) -> dict[str, Any]:
    call.allow(*window.ARGUMENTS, "collapseThreads")
    test = email_test(call)
    found = [email for email in call.visible().values() if test(email)]
    found.sort(key=lambda email: email.email_id)
    for comparator in reversed(window.comparators(call) or _NEWEST_FIRST):
        found.sort(key=_key(call, comparator), reverse=not comparator.get("isAscending", True))
    if call.flag("collapseThreads"):
        first: dict[str, Email] = {}
        for email in found:
            first.setdefault(email.thread_id, email)
        found = list(first.values())
    return window.windowed(call, [email.email_id for email in found])


def email_query_changes(call: Call) -> dict[str, Any]:
    if not isinstance(call.arguments.get("sinceQueryState"), str):
        raise InvalidArguments("sinceQueryState is required", arguments=["sinceQueryState"])
    raise CannotCalculateChanges("queries are not kept")


def _key(call: Call, comparator: dict[str, Any]) -> Callable[[Email], Any]:
    """Raises UnsupportedSort, InvalidArguments."""
    match comparator["property"]:
        case "receivedAt":
            return lambda email: email.received_at
        case "size":
            return lambda email: len(email.raw)
        case "subject":
            return lambda email: base_subject(as_text(email.header("subject")))
        case "from" | "to" as name:
            return lambda email: _first_name(email.header(name))
        case "sentAt":
            return lambda email: as_date(email.header("date")) or ""
        case "hasKeyword" | "allInThreadHaveKeyword" | "someInThreadHaveKeyword" as name:
            return _keyword_key(call, name, comparator.get("keyword"))
        case _:
            raise UnsupportedSort("this property cannot be sorted by")


def _keyword_key(call: Call, name: str, keyword: object) -> Callable[[Email], Any]:
    if not isinstance(keyword, str):
        raise InvalidArguments("a comparator by keyword names the keyword", arguments=["sort"])
    wanted = keyword.lower()
    if name == "hasKeyword":
        return lambda email: wanted in email.keywords
    verdict = all if name.startswith("all") else any
    visible = call.visible()
    return lambda email: verdict(
        wanted in other.keywords for other in visible.values() if other.thread_id == email.thread_id
    )


def _first_name(value: str) -> str:
    addresses = as_addresses(value)
    return str(addresses[0]["name"] or addresses[0]["email"]).casefold() if addresses else ""
