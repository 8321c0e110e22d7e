"""application/x-www-form-urlencoded, read strictly: a parameter that we know must not repeat (RFC 6749 §3.1, §3.2)."""

import re
from collections import Counter
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from urllib.parse import unquote_to_bytes

from mailconnect.oauth.errors import InvalidRequest

MAX_FIELDS = 50
_PAIR_TEXT = re.compile(r"(?:[!-$'-~]|%[0-9A-Fa-f]{2})*\Z")


RESOURCE = "resource"
"""The one parameter that may repeat: it names each service that a token is asked for (RFC 8707 §2)."""


TOKEN_PARAMETERS = frozenset(
    {
        "grant_type",
        "code",
        "code_verifier",
        "redirect_uri",
        "refresh_token",
        "scope",
        "token",
        "client_id",
        "client_secret",
        "client_assertion",
        "client_assertion_type",
    }
)
"""The parameters that /token and /revoke know, beside `resource`."""


@dataclass(frozen=True, slots=True)
class OAuthParameters:
    """Of a request to an OAuth endpoint. `resources` are all values of `resource`, which `values` does not hold."""

    values: dict[str, str] = field(repr=False)
    resources: tuple[str, ...]


def oauth_parameters(text: str, known: AbstractSet[str]) -> OAuthParameters:
    """Unknown parameters are ignored, repeated or not; one without a value counts as omitted (§3.1, §3.2).

    InvalidRequest when the text is no form, or one of the `known` parameters repeats.
    """
    fields = parse_fields(text)
    if repeated(fields) & known:
        raise InvalidRequest("a parameter is repeated")
    values = {name: value for name, value in fields if value and name in known}
    return OAuthParameters(values, tuple(value for name, value in fields if value and name == RESOURCE))


def repeated(fields: Iterable[tuple[str, str]]) -> frozenset[str]:
    """The names that occur more than once."""
    return frozenset(name for name, count in Counter(name for name, _ in fields).items() if count > 1)


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
