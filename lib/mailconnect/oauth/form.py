"""application/x-www-form-urlencoded, read strictly: parameters must not repeat (RFC 6749 §3.1, §3.2)."""

import re
from urllib.parse import unquote_to_bytes

from mailconnect.oauth.errors import InvalidRequest

MAX_FIELDS = 50
_PAIR_TEXT = re.compile(r"(?:[!-$'-~]|%[0-9A-Fa-f]{2})*\Z")


def parse_form(text: str) -> dict[str, str]:
    """Parameter names and values, decoded. A parameter without a value counts as omitted (§3.1, §3.2).

    Raises InvalidRequest when the text is no form or a parameter repeats.
    """
    fields = parse_fields(text)
    parameters = dict(fields)
    if len(parameters) != len(fields):
        raise InvalidRequest("a parameter is repeated")
    return {name: value for name, value in fields if value}


def parse_fields(text: str, *, errors: str = "strict") -> list[tuple[str, str]]:
    """Names and values in their order, with repeats. Raises InvalidRequest when the text is no form.

    `errors` says how bytes that are not UTF-8 are decoded: "surrogateescape" keeps them, so that they can be sent back.
    """
    pairs = text.split("&", MAX_FIELDS)
    if len(pairs) > MAX_FIELDS:
        raise InvalidRequest("too many parameters")
    fields = []
    for pair in filter(None, pairs):
        name, _, value = pair.partition("=")
        fields.append((_decode(name, errors), _decode(value, errors)))
    return fields


def _decode(text: str, errors: str) -> str:
    if not _PAIR_TEXT.match(text):
        raise InvalidRequest("the parameters are not form-encoded")
    try:
        return unquote_to_bytes(text.replace("+", " ")).decode("utf-8", errors)
    except UnicodeDecodeError:
        raise InvalidRequest("the parameters are not UTF-8") from None
