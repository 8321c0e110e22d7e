"""How much is allowed of what can be had without proof, or by one grant (RFC 6585 §4): limits and whom they count."""

import hashlib
import ipaddress
from dataclasses import dataclass

from mailconnect.ledger_keys import Kind, ledger_key


@dataclass(frozen=True, slots=True)
class Limit:
    """`most` in each span of `seconds`, as the clock divides them. Reported to the store every `step`."""

    name: str
    most: int
    seconds: int
    step: int = 1

    def times(self, factor: int) -> "Limit":
        return Limit(self.name, self.most * factor, self.seconds, self.step)


@dataclass(frozen=True, slots=True)
class Span:
    """The one that a moment lies in."""

    start: int
    left: int

    @classmethod
    def of(cls, limit: Limit, now: int) -> "Span":
        start = now - now % limit.seconds
        return cls(start, start + limit.seconds - now)


ADDRESS_DIGITS = 5
"""Of 1,048,576 buckets an address is in one, with four thousand others of IPv4, and in another one each span: what is
stored names nobody, and two who share one by chance are as rare as one in a million."""

GRANT_DIGITS = 32


def counter_key(limit: Limit, span: Span, whose: str, digits: int) -> str:
    bucket = hashlib.sha256(f"mailconnect limit\0{limit.name}\0{span.start}\0{whose}".encode()).hexdigest()[:digits]
    return ledger_key(Kind.LIMIT, limit.name, span.start, bucket)


Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def source_of(address: str) -> Network | None:
    """Whom an address stands for: itself, or the /64 that one household or machine has of IPv6.

    None for this machine itself, which is not a stranger, and may be a web server that stands before us for everybody.
    """
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return None
    mapped = parsed.ipv4_mapped if isinstance(parsed, ipaddress.IPv6Address) else None
    parsed = mapped or parsed
    if parsed.is_loopback:
        return None
    length = 32 if parsed.version == 4 else 64
    return ipaddress.ip_network((parsed.packed, length), strict=False)


AROUND = 8
"""How many times as much as one /64 may the /48 around it, of which anybody can have one with its 65,536 of them."""


def around(source: Network) -> Network | None:
    """The network whose addresses one stranger may all have, where that is more than `source`."""
    return source.supernet(new_prefix=48) if isinstance(source, ipaddress.IPv6Network) else None


def is_shared(source: Network, shared: tuple[Network, ...]) -> bool:
    """Whether many people's assistants come from there."""
    return any(source.version == network.version and source.subnet_of(network) for network in shared)  # type: ignore[arg-type]
