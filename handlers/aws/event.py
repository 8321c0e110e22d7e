"""Which events are requests of our own HTTP API (API Gateway, payload format 2.0); all others are refused unread.

A function's role may be invoked by more than its API: a console's test event, a bucket notification, another gateway's
payload. What they all lack is checked here, before anything is made of an event.
"""

import base64
import binascii
import re
from dataclasses import dataclass
from typing import Any

STAGE = "$default"
"""The one stage whose name is no part of the path."""

_METHOD = re.compile(r"[A-Z]{1,20}")
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


class NotOurEvent(Exception):
    """The reason is a word of ours, never text from the event."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class HttpApi:
    """`host` is the name in our issuer: under no other one are we reached (RFC 9110 §7.4)."""

    api_id: str
    host: str

    def check(self, event: object) -> dict[str, Any]:
        """The same event, in which every member that a request is made of has the right type. Raises NotOurEvent."""
        if not isinstance(event, dict) or event.get("version") != "2.0":
            raise NotOurEvent("version")
        context = event.get("requestContext")
        http = context.get("http") if isinstance(context, dict) else None
        if not isinstance(context, dict) or not isinstance(http, dict):
            raise NotOurEvent("context")
        if context.get("apiId") != self.api_id or context.get("stage") != STAGE:
            raise NotOurEvent("api")
        if context.get("domainName") != self.host:
            raise NotOurEvent("domain")
        if not _matches(_METHOD, http.get("method")) or not _text(http.get("sourceIp")):
            raise NotOurEvent("http")
        if not _text(event.get("rawPath")) or not event["rawPath"].startswith("/"):
            raise NotOurEvent("path")
        if not _text(event.get("rawQueryString")) or not event["rawQueryString"].isascii():
            raise NotOurEvent("query")
        _check_headers(event)
        _check_body(event)
        return event


def _check_headers(event: dict[str, Any]) -> None:
    headers, cookies = event.get("headers"), event.get("cookies", [])
    if not isinstance(headers, dict) or not isinstance(cookies, list):
        raise NotOurEvent("headers")
    if not all(_matches(_NAME, name) and _value(value) for name, value in headers.items()):
        raise NotOurEvent("headers")
    if not all(_value(cookie) for cookie in cookies):
        raise NotOurEvent("cookies")


def _check_body(event: dict[str, Any]) -> None:
    encoded, body = event.get("isBase64Encoded"), event.get("body", "")
    if not isinstance(encoded, bool) or not _text(body):
        raise NotOurEvent("body")
    if encoded:
        try:
            base64.b64decode(body, validate=True)
        except (binascii.Error, ValueError):
            raise NotOurEvent("body") from None


def _text(value: object) -> bool:
    """Whether it is text that has bytes: JSON can name half a surrogate pair."""
    if not isinstance(value, str):
        return False
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _value(value: object) -> bool:
    return isinstance(value, str) and _text(value) and _CONTROL.search(value) is None


def _matches(pattern: re.Pattern[str], value: object) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None
