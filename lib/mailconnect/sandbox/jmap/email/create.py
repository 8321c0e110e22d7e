"""The message that Email/set creates from an Email object (RFC 8621 §4.6)."""

from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

from mailconnect.sandbox.jmap.call import Call
from mailconnect.sandbox.jmap.email.body_create import body
from mailconnect.sandbox.jmap.email.headers import CONVENIENCE, header_property
from mailconnect.sandbox.jmap.errors import InvalidArguments
from mailconnect.sandbox.jmap.set_errors import SetError, invalid
from mailconnect.sandbox.mail.composing import Entity, address_value, text_value, written

_OF_THE_EMAIL = frozenset({"mailboxIds", "keywords", "receivedAt"})
_BODY = frozenset({"bodyStructure", "textBody", "htmlBody", "attachments", "bodyValues"})
_MAX = 50_000_000


def composed(call: Call, properties: dict[str, Any]) -> bytes:
    """Raises SetError."""
    headers = dict(_headers(properties))
    lower = {name.lower() for name in headers}
    now = datetime.fromtimestamp(call.provider.clock(), UTC)
    if "message-id" not in lower:
        headers["Message-ID"] = f"<{call.provider.entropy(16).hex()}@{call.held.owner.username.partition('@')[2]}>"
    if "date" not in lower:
        headers["Date"] = format_datetime(now)
    content = body(call, properties)
    raw = written(Entity((*headers.items(), ("MIME-Version", "1.0"), *content.headers), content.content))
    if len(raw) > _MAX:
        raise SetError("tooLarge", "the message is larger than it may be", maxSize=_MAX)
    return raw


def _headers(properties: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Name and wire form of each header field.  Raises SetError where a property is unknown, or a field given twice."""
    seen: set[str] = set()
    for name, value in properties.items():
        if name in _OF_THE_EMAIL or name in _BODY:
            continue
        if name not in CONVENIENCE and not name.startswith("header:"):
            raise invalid("this property does not exist or is the server's", name)
        if value is None:
            continue
        field_name, form, every = header_of(name)
        if field_name.lower() in seen:
            raise invalid("this header field is given twice", name)
        seen.add(field_name.lower())
        if field_name.lower().startswith("content-"):
            raise invalid("Content-* is a header field of parts", name)
        if every:
            raise invalid("this server does not create a header field several times", name)
        yield field_name, header_value(name, form, value)


def header_of(name: str) -> tuple[str, str, bool]:
    """Field name as written, form, and whether `:all` is asked.  Raises SetError."""
    long = CONVENIENCE.get(name, name)
    try:
        parsed = header_property(long, "create")
    except InvalidArguments as error:
        raise invalid("a header property is unknown", name) from error
    return long.split(":")[1], parsed.form, parsed.every


def header_value(name: str, form: str, value: object) -> str:
    """The wire form of a property's value.  Raises SetError."""
    match form, value:
        case (("asRaw" | "asText"), str()):
            text = _line(name, value)
            return text.removeprefix(" ") if form == "asRaw" else text_value(text)
        case "asMessageIds", list() if value:
            return " ".join(f"<{_token(name, each)}>" for each in value)
        case "asURLs", list() if value:
            return ", ".join(f"<{_token(name, each)}>" for each in value)
        case "asAddresses", list():
            return ", ".join(_address(name, each) for each in value)
        case "asGroupedAddresses", list():
            return ", ".join(_group(name, each) for each in value)
        case "asDate", str():
            try:
                return format_datetime(datetime.fromisoformat(value))
            except ValueError:
                pass
    raise invalid("the value is of another form", name)


def _group(name: str, group: object) -> str:
    match group:
        case {"name": None, "addresses": list(addresses)}:
            return ", ".join(_address(name, each) for each in addresses)
        case {"name": str(title), "addresses": list(addresses)}:
            return f"{text_value(_line(name, title))}: {', '.join(_address(name, each) for each in addresses)};"
        case _:
            raise invalid("a group is a name and addresses", name)


def _address(name: str, address: object) -> str:
    match address:
        case {"email": str(email), "name": str(title), **rest} if not rest:
            return address_value(_line(name, title), _token(name, email))
        case {"email": str(email), **rest} if rest in ({}, {"name": None}):
            return _token(name, email)
        case _:
            raise invalid("an address is a name and an email", name)


def _token(name: str, value: object) -> str:
    if isinstance(value, str) and value and not any(each.isspace() or each in "<>" for each in value):
        return _line(name, value)
    raise invalid("this is a text without white space", name)


def _line(name: str, text: str) -> str:
    if any(ord(each) < 32 and each != "\t" for each in text):
        raise invalid("a header field has no line breaks and no control characters", name)
    return text
