"""Consent tokens: proof that a decision comes from the page that we showed this browser for this request.

Nothing is stored before the owner approves. The page's form carries the request and this token; the browser has the
secret that the token is made with (RFC 9700 §4.7, MCP security best practices).
"""

import base64
import binascii
import hmac
from dataclasses import dataclass, field

from mailconnect.clock import Entropy

LIFETIME = 600
COOKIE_LIFETIME = 3600
"""Seconds that a browser keeps its secret: a late decision is then told from one of a browser without cookies."""

_CLOCK_SKEW = 300  # seconds by which another machine's clock may be behind
_NONCE_BYTES, _TIME_BYTES, _SHOWN_BYTES, _MAC_BYTES = 16, 8, 16, 32


NO_CLIENT = bytes(_SHOWN_BYTES)
"""The digest on a page that says nothing about a client: the owner's own sign-in."""


class ConsentForged(Exception):
    """The decision is not from a page that this browser was shown for this request."""


class CookieMissing(ConsentForged):
    """The browser has not kept the secret of a page that was shown a moment ago, or it never had it."""


class ConsentExpired(Exception):
    """The page was shown too long ago, by its own word."""


@dataclass(frozen=True, slots=True)
class ConsentToken:
    """`nonce` is new for every page. What a decision starts is derived from it, so it starts once.

    `shown` is the digest of what the page said about the client.
    """

    nonce: bytes = field(repr=False)
    shown: bytes
    text: str = field(repr=False)


def issue_consent_token(browser_secret: bytes, query: str, shown: bytes, now: int, entropy: Entropy) -> ConsentToken:
    nonce = entropy(_NONCE_BYTES)
    head = nonce + now.to_bytes(_TIME_BYTES) + shown
    token = base64.urlsafe_b64encode(head + _mac(browser_secret, head, query)).decode()
    return ConsentToken(nonce, shown, token)


def check_consent_token(text: str, browser_secret: bytes | None, query: str, now: int) -> ConsentToken:
    """The token. Raises ConsentForged, ConsentExpired, and CookieMissing where the browser sent no secret.

    Its age is looked at first, as the token says it: the browser has forgotten the secret of an old page, and what an
    expired page leads to is safe for everybody, since it only asks the question anew.
    """
    try:
        raw = base64.b64decode(text, altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise ConsentForged from None
    if len(raw) != _NONCE_BYTES + _TIME_BYTES + _SHOWN_BYTES + _MAC_BYTES:
        raise ConsentForged
    head, mac = raw[:-_MAC_BYTES], raw[-_MAC_BYTES:]
    nonce, rest = head[:_NONCE_BYTES], head[_NONCE_BYTES:]
    if not -_CLOCK_SKEW <= now - int.from_bytes(rest[:_TIME_BYTES]) <= LIFETIME:
        raise ConsentExpired
    if browser_secret is None:
        raise CookieMissing
    if not hmac.compare_digest(mac, _mac(browser_secret, head, query)):
        raise ConsentForged
    return ConsentToken(nonce, rest[_TIME_BYTES:], text)


def _mac(browser_secret: bytes, head: bytes, query: str) -> bytes:
    return hmac.digest(browser_secret, b"mailconnect consent\0" + head + query.encode(), "sha256")
