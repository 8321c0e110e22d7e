"""Where a request comes from, for limits: the network that an address counts for, and its bucket (RFC 6585 §4)."""

import hmac
import ipaddress
from dataclasses import dataclass

_ADDRESS_DIGITS = 5
_PART_DIGITS = 2


@dataclass(frozen=True, slots=True)
class Bucket:
    """Where an unauthenticated request's address is counted, for all limits alike: hexadecimal digits, or `all`.

    An IPv4 address is in one of 1,048,576 buckets, with four thousand others. If each limit counted it under another
    number, each would tell a thief of the store another part of the address.
    """

    number: str


EVERYBODY = Bucket("all")


def bucket_of(source: "Network", key: bytes) -> Bucket:
    """A /64 of IPv6 is one of 256 parts of the bucket of the /48 around it. `key` is secret, and another one for
    each hour.
    """
    wider = around(source)
    if wider is None:
        return Bucket(_digits(source, key, _ADDRESS_DIGITS))
    return Bucket(f"{_digits(wider, key, _ADDRESS_DIGITS)}{_digits(source, key, _PART_DIGITS)}")


def _digits(network: "Network", key: bytes, count: int) -> str:
    return hmac.digest(key, str(network).encode(), "sha256").hex()[:count]


Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def source_of(address: str) -> Network | None:
    """The network that an address counts for: itself, or its /64 for IPv6, which one household or machine has.

    None for this machine itself: a web server in front of us may send everybody's requests from it.
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


_WIDE = {4: 16, 6: 32}


def network_of(address: str, shared: tuple[Network, ...]) -> str | None:
    """A network so wide that one machine seldom leaves it: what a provider of access has. Its family comes first.

    Those that many people's assistants call from count as one, and so does this machine: a program on it, or a web
    server that stands before us for everybody. None where the address is not known.
    """
    source = source_of(address)
    if source is None:
        return _this_machine(address)
    if is_shared(source, shared):
        return f"{source.version} shared"
    return f"{source.version} {source.supernet(new_prefix=_WIDE[source.version])}"


def _this_machine(address: str) -> str | None:
    try:
        return f"{ipaddress.ip_address(address).version} this machine"
    except ValueError:
        return None


AROUND = 8
"""A /48 may do 8 times what one /64 may: anyone can get a /48, which holds 65,536 /64s."""


_AROUND_BITS = 48


def around(source: Network) -> Network | None:
    """The /48 around a /64, all addresses of which one sender may have. None for IPv4."""
    if isinstance(source, ipaddress.IPv6Network) and source.prefixlen > _AROUND_BITS:
        return source.supernet(new_prefix=_AROUND_BITS)
    return None


def is_shared(source: Network, shared: tuple[Network, ...]) -> bool:
    """Whether the assistants of many owners call from there."""
    return any(source.version == network.version and source.subnet_of(network) for network in shared)  # type: ignore[arg-type]
