"""The conditions of Email/query (RFC 8621 §4.4.1)."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from mailconnect.sandbox.jmap.call import Call
from mailconnect.sandbox.jmap.errors import InvalidArguments, UnsupportedFilter
from mailconnect.sandbox.jmap.filters import Test, compiled
from mailconnect.sandbox.mail.header_forms import as_text
from mailconnect.sandbox.mail.search import matches, words
from mailconnect.sandbox.mail.store import Email

TEXTS = frozenset({"text", "from", "to", "cc", "bcc", "subject", "body"})
_THREAD: dict[str, Callable[[list[bool]], bool]] = {
    "allInThreadHaveKeyword": all,
    "someInThreadHaveKeyword": any,
    "noneInThreadHaveKeyword": lambda found: not any(found),
}


def email_test(call: Call) -> Test[Email]:
    """The test that the call's filter asks for.  Raises InvalidArguments, UnsupportedFilter."""

    def condition(name: str, value: Any) -> Test[Email]:
        if name in call.provider.switches.refused_filters:
            raise UnsupportedFilter(f"{name} cannot be searched for here")
        if name in _THREAD:
            return _in_thread(call, _THREAD[name], _string(name, value).lower())
        return _condition(name, value)

    return compiled(call.arguments.get("filter"), condition)


def _condition(name: str, value: Any) -> Test[Email]:
    match name:
        case "inMailbox":
            box = _string(name, value)
            return lambda email: box in email.mailbox_ids
        case "inMailboxOtherThan":
            others = frozenset(_strings(name, value))
            return lambda email: bool(email.mailbox_ids - others)
        case "before":
            moment = _moment(name, value)
            return lambda email: email.received_at < moment
        case "after":
            moment = _moment(name, value)
            return lambda email: email.received_at >= moment
        case "minSize":
            size = _size(name, value)
            return lambda email: len(email.raw) >= size
        case "maxSize":
            size = _size(name, value)
            return lambda email: len(email.raw) < size
        case "hasKeyword":
            keyword = _string(name, value).lower()
            return lambda email: keyword in email.keywords
        case "notKeyword":
            keyword = _string(name, value).lower()
            return lambda email: keyword not in email.keywords
        case "hasAttachment":
            if not isinstance(value, bool):
                raise InvalidArguments("hasAttachment is a boolean", arguments=["filter"])
            return lambda email: email.content.has_attachment is value
        case "header":
            return _header(_strings(name, value))
        case _ if name in TEXTS:
            text = _string(name, value)
            return lambda email: matches(email.content, name, text)
        case _:
            raise UnsupportedFilter(f"there is no condition {name[:100]}")


def _in_thread(call: Call, verdict: Callable[[list[bool]], bool], keyword: str) -> Test[Email]:
    visible = call.visible()

    def test(email: Email) -> bool:
        thread = [other for other in visible.values() if other.thread_id == email.thread_id]
        return verdict([keyword in other.keywords for other in thread])

    return test


def _header(value: list[str]) -> Test[Email]:
    if len(value) not in {1, 2}:
        raise InvalidArguments("header is a name, or a name and a text", arguments=["filter"])
    name, wanted = value[0].lower(), words(value[1]).strip() if len(value) == 2 else ""

    def test(email: Email) -> bool:
        found = [as_text(text) for field_name, text in email.content.headers if field_name.lower() == name]
        return any(wanted in words(text) for text in found)

    return test


def _string(name: str, value: object) -> str:
    if isinstance(value, str):
        return value
    raise InvalidArguments(f"{name} is a string", arguments=["filter"])


def _strings(name: str, value: object) -> list[str]:
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return value
    raise InvalidArguments(f"{name} is a list of strings", arguments=["filter"])


def _size(name: str, value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    raise InvalidArguments(f"{name} is a number of bytes", arguments=["filter"])


def _moment(name: str, value: object) -> datetime:
    """A UTCDate (RFC 8620 §1.4)."""
    try:
        moment = datetime.fromisoformat(_string(name, value))
    except ValueError as error:
        raise InvalidArguments(f"{name} is a date and time", arguments=["filter"]) from error
    if moment.tzinfo is None or not str(value).endswith("Z"):
        raise InvalidArguments(f"{name} is a date and time in UTC, with a Z", arguments=["filter"])
    return moment.astimezone(UTC)
