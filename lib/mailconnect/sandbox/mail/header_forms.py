"""The parsed forms of a header field (RFC 8621 §4.1.2)."""

import re
import unicodedata
from collections.abc import Callable
from datetime import UTC, timedelta
from email.headerregistry import AddressHeader
from email.policy import default
from email.utils import getaddresses, parsedate_to_datetime
from functools import lru_cache
from typing import Any

_ADDRESSES = frozenset(
    {
        *("from", "sender", "reply-to", "to", "cc", "bcc"),
        *("resent-from", "resent-sender", "resent-reply-to", "resent-to", "resent-cc", "resent-bcc"),
    }
)
_MESSAGE_IDS = frozenset({"message-id", "in-reply-to", "references", "resent-message-id"})
_DATES = frozenset({"date", "resent-date"})
_URLS = frozenset({"list-help", "list-unsubscribe", "list-subscribe", "list-post", "list-owner", "list-archive"})
_TEXTS = frozenset({"subject", "comments", "keywords", "list-id"})
_OTHERS_DEFINED = frozenset({"return-path", "received"})
_DEFINED = _ADDRESSES | _MESSAGE_IDS | _DATES | _URLS | (_TEXTS - {"list-id"}) | _OTHERS_DEFINED


def as_raw(value: str) -> str:
    return value


@lru_cache(maxsize=10_000)  # each search reads the headers of all messages anew
def as_text(value: str) -> str:
    try:
        decoded = str(default.header_factory("subject", _unfolded(value)))
    except Exception:  # noqa: BLE001 - the parser raises what it likes on hostile values
        decoded = _unfolded(value)
    cleaned = "".join(each for each in _whole(decoded) if each == "\t" or unicodedata.category(each) != "Cc")
    return unicodedata.normalize("NFC", cleaned.lstrip(" "))


def as_addresses(value: str) -> list[dict[str, str | None]]:
    return [address for group in as_grouped_addresses(value) for address in group["addresses"]]


def as_grouped_addresses(value: str) -> list[dict[str, Any]]:
    """Groups as they stand; consecutive addresses outside of any share one whose name is null."""
    groups: list[dict[str, Any]] = []
    for name, addresses in _groups(value):
        if name is None and groups and groups[-1]["name"] is None:
            groups[-1]["addresses"].extend(addresses)
        elif name is not None or addresses:
            groups.append({"name": name, "addresses": addresses})
    return groups


def as_message_ids(value: str) -> list[str] | None:
    found = re.findall(r"<([^<>\s]+)>", _unfolded(value))
    return found or None


def as_date(value: str) -> str | None:
    try:
        moment = parsedate_to_datetime(_unfolded(value).strip())
    except (ValueError, TypeError, IndexError):
        return None
    offset = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).utcoffset() or timedelta()
    if not offset:
        return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    minutes = int(offset.total_seconds()) // 60
    sign = "-" if minutes < 0 else "+"
    return f"{moment:%Y-%m-%dT%H:%M:%S}{sign}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"


def as_urls(value: str) -> list[str] | None:
    return re.findall(r"<\s*([^<>\s]+)\s*>", re.sub(r"\s+", " ", value)) or None


FORMS: dict[str, tuple[Callable[[str], Any], frozenset[str]]] = {
    "asRaw": (as_raw, frozenset()),
    "asText": (as_text, _TEXTS),
    "asAddresses": (as_addresses, _ADDRESSES),
    "asGroupedAddresses": (as_grouped_addresses, _ADDRESSES),
    "asMessageIds": (as_message_ids, _MESSAGE_IDS),
    "asDate": (as_date, _DATES),
    "asURLs": (as_urls, _URLS),
}


def may_have(name: str, form: str) -> bool:
    """Whether this form may be asked of that field: fields outside RFC 5322 and RFC 2369 may have any."""
    _, allowed = FORMS[form]
    return form == "asRaw" or name.lower() in allowed or name.lower() not in _DEFINED


def _groups(value: str) -> list[tuple[str | None, list[dict[str, str | None]]]]:
    text = _unfolded(value).strip()
    try:
        parsed = default.header_factory("to", text)
        groups = parsed.groups if isinstance(parsed, AddressHeader) else ()
        found = [
            (
                None if group.display_name is None else _whole(group.display_name),
                [
                    {"name": _whole(address.display_name).strip() or None, "email": _whole(address.addr_spec)}
                    for address in group.addresses
                ],
            )
            for group in groups
        ]
    except Exception:  # noqa: BLE001 - the parser raises what it likes on hostile values
        found = []
    if any(address["email"] in {"", "<>"} for _, addresses in found for address in addresses) or not found:
        found = [
            (None, [{"name": as_text(name) or None, "email": email} for name, email in getaddresses([text]) if email])
        ]
    comments = _comments(text)
    for _, addresses in found:
        for address in addresses:
            if address["name"] is None and address["email"] in comments:
                address["name"] = comments[str(address["email"])]
    return found


def _comments(text: str) -> dict[str, str]:
    """Names given as a comment behind a bare address: `ann@x.example (Ann Lee)`."""
    return {email: name.strip() for email, name in re.findall(r"([^\s<>,;:]+@[^\s<>,;()]+)\s*\(([^()]*)\)", text)}


def _unfolded(value: str) -> str:
    return re.sub(r"\r?\n(?=[ \t])", "", value).strip("\r\n")


def _whole(text: str) -> str:
    """Without half pairs, which JSON cannot carry."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
