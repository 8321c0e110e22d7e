"""The accounts that a login reaches."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Account:
    """`capabilities` are names of what the provider offers in it, as the provider writes them."""

    id: str
    name: str = field(repr=False)
    is_personal: bool
    is_read_only: bool
    capabilities: frozenset[str]


@dataclass(frozen=True, slots=True)
class Accounts:
    """`own` holds the owner's mail; `shared` are other people's mail accounts that the login reaches.

    `limits` are the provider's for one request, by its own names (octets, requests, calls, objects). `unreadable`
    counts accounts that could not be understood.
    """

    username: str = field(repr=False)
    own: Account
    shared: tuple[Account, ...] = field(repr=False)
    limits: Mapping[str, int]
    unreadable: int = 0
