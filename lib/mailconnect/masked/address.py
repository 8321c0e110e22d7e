"""A masked address: one that the provider makes for a single site, and that forwards to the owner."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from mailconnect.encoding.discreet import Discreet


class MaskedState(StrEnum):
    """PENDING becomes ENABLED with the first mail, or vanishes after a day. DISABLED: what comes goes to the trash.
    DELETED: what comes is refused."""

    PENDING = "pending"
    ENABLED = "enabled"
    DISABLED = "disabled"
    DELETED = "deleted"


class MaskedAddress(Discreet, frozen=True):
    """`site` is an origin such as `https://example.com`, or empty. `state` is None where the provider has another."""

    id: str
    email: str
    state: MaskedState | None
    site: str = ""
    description: str = ""
    created_at: datetime | None = None
    last_message_at: datetime | None = None


class MaskedAddresses(Discreet, frozen=True):
    """`unreadable` counts those that could not be understood.

    `may_be_incomplete`: the provider gave as many as it gives at once, and does not tell whether there are more.
    """

    addresses: Sequence[MaskedAddress]
    unreadable: int = 0
    may_be_incomplete: bool = False


class NewMaskedAddress(Discreet, frozen=True):
    """`site` is an origin. `prefix` begins the address: small letters, digits and `_`."""

    site: str
    description: str = ""
    prefix: str = ""
