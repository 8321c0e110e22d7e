"""A browser that may approve messages without a sign-in: for thirty days, for one owner, and for nothing else."""

import hashlib
from dataclasses import dataclass, field

LIFETIME = 30 * 86_400
"""Seconds. It is not prolonged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustedBrowser:
    """`id` is `browser:` and the hash of the cookie's secret. `called` is a kind of browser and of device.

    `used_at` is when it last approved, to the hour. `proof` is what we vouch for it with (mailconnect.keys.port): a
    writer of the store cannot make one.
    """

    id: str
    owner: str
    called: str
    created_at: int
    used_at: int | None = None
    expires_at: int
    proof: str | None = field(default=None, repr=False)

    @property
    def proven(self) -> str:
        """The text that `proof` is made of."""
        return f"{self.id} {self.owner} {self.expires_at}"


def browser_id(secret: bytes) -> str:
    return f"browser:{hashlib.sha256(b'trusted browser' + secret).hexdigest()}"
