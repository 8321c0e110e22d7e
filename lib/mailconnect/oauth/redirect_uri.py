"""Redirect URIs: which may be registered, which requests match (RFC 6749 §3.1.2, RFC 8252 §7, RFC 9700 §2.1)."""

import ipaddress
from dataclasses import dataclass
from urllib.parse import SplitResult, unquote, urlsplit

from mailconnect.oauth.errors import InvalidRedirectUri
from mailconnect.oauth.private_use_scheme import may_be_an_apps
from mailconnect.oauth.uri import has_dot_segments, has_plain_characters, is_host_name

MAX_COUNT = 10
MAX_LENGTH = 2048
_OURS = frozenset({"code", "state", "iss", "error", "error_description", "error_uri"})
_LOOPBACK_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class RedirectTarget:
    """Where a redirect goes, to show to the owner: `host` in punycode, empty for a private-use scheme."""

    scheme: str
    host: str
    loopback: bool


def checked_redirect_uri(uri: object) -> str:
    """The URI. Raises InvalidRedirectUri unless it may be registered."""
    if not isinstance(uri, str) or not 0 < len(uri) <= MAX_LENGTH or not has_plain_characters(uri):
        raise InvalidRedirectUri("a redirect URI is not an absolute URI without fragment, in ASCII")
    parts = _split(uri)
    if has_dot_segments(parts.path):
        raise InvalidRedirectUri("a redirect URI contains dot segments")
    if any(unquote(pair.partition("=")[0]) in _OURS for pair in parts.query.split("&")):
        raise InvalidRedirectUri("a redirect URI has a query parameter that the answer will have")
    if parts.scheme in ("https", "http"):
        _check_web(parts)
    elif not may_be_an_apps(parts.scheme) or ("." not in parts.scheme and not _names_a_place(uri, parts)):
        raise InvalidRedirectUri("a redirect URI has a scheme that is not accepted")
    elif "@" in parts.netloc or "%" in parts.netloc:
        raise InvalidRedirectUri("a redirect URI contains user information")
    return uri


def redirect_target(uri: str) -> RedirectTarget:
    parts = urlsplit(uri)
    host = parts.hostname or "" if parts.scheme in ("https", "http") else ""
    return RedirectTarget(parts.scheme, host, loopback=host in _LOOPBACK_HOSTS)


def matches(registered: str, presented: str) -> bool:
    """Equal character by character, except for the port on loopback (RFC 8252 §7.3; `localhost` too, as clients use
    it).
    """
    if registered == presented:
        return True
    ours, theirs = urlsplit(registered), _split_or_none(presented)
    return (
        theirs is not None
        and ours.scheme == theirs.scheme == "http"
        and ours.hostname == theirs.hostname
        and ours.hostname in _LOOPBACK_HOSTS
        and _after_authority(registered, ours) == _after_authority(presented, theirs)
    )


def _split_or_none(uri: str) -> SplitResult | None:
    try:
        return urlsplit(checked_redirect_uri(uri))
    except InvalidRedirectUri:
        return None


def _split(uri: str) -> SplitResult:
    try:
        parts = urlsplit(uri)
        _ = parts.port  # ValueError unless a number up to 65535
    except ValueError:
        raise InvalidRedirectUri("a redirect URI cannot be parsed") from None
    if not parts.scheme:
        raise InvalidRedirectUri("a redirect URI is not absolute")
    return parts


def _check_web(parts: SplitResult) -> None:
    if "@" in parts.netloc or "%" in parts.netloc:
        raise InvalidRedirectUri("a redirect URI contains user information")
    host = parts.hostname or ""
    if not _is_ip(host) and not is_host_name(host):
        raise InvalidRedirectUri("a redirect URI has no acceptable host")
    if parts.port == 0 or parts.netloc.endswith(":"):
        raise InvalidRedirectUri("a redirect URI has no acceptable port")
    if parts.scheme == "http" and host not in _LOOPBACK_HOSTS:
        raise InvalidRedirectUri("a redirect URI must use https unless it is on loopback")


def _is_ip(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _names_a_place(uri: str, parts: SplitResult) -> bool:
    """`app:/way` or `app://place`, as apps register themselves with a system; never `app:text`."""
    return uri[len(parts.scheme) + 1 :].startswith("/")


def _after_authority(uri: str, parts: SplitResult) -> str:
    return uri[len(f"{parts.scheme}://{parts.netloc}") :]
