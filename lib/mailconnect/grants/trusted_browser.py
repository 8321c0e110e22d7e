"""A browser that may approve messages without a sign-in: for thirty days, for one owner, and for nothing else."""

import hashlib
from dataclasses import dataclass

LIFETIME = 30 * 86_400
"""Seconds. It is not prolonged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustedBrowser:
    """`id` is `browser:` and the hash of the cookie's secret. `called` is a kind of browser and of device.

    `used_at` is when it last approved, to the hour.
    """

    id: str
    owner: str
    called: str
    created_at: int
    used_at: int | None = None
    expires_at: int


def browser_id(secret: bytes) -> str:
    return f"browser:{hashlib.sha256(b'trusted browser' + secret).hexdigest()}"
