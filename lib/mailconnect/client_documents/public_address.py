"""Which addresses a server on the internet can have: none of a special purpose, and none that wraps one (RFC 6890).

For requests to hosts that clients name: a private address behind such a name would make us ask on their behalf.
"""

import ipaddress

_NOT_PUBLIC_V4 = tuple(
    ipaddress.IPv4Network(block)
    for block in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "168.63.129.16/32",  # Azure's own services, on an address that looks public
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.31.196.0/24",
        "192.52.193.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "192.175.48.0/24",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
)
_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
_NOT_PUBLIC_V6 = tuple(
    ipaddress.IPv6Network(block)
    for block in (
        "2001::/23",  # protocol assignments: Teredo, ORCHID, benchmarking
        "2001:db8::/32",
        "2002::/16",  # 6to4
        "2620:4f:8000::/48",
        "3fff::/20",
    )
)
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_ISATAP = frozenset({0x00005EFE, 0x02005EFE})
"""The first half of an interface identifier whose second half is an IPv4 address (RFC 5214 §6.1)."""


def is_public(address: str) -> bool:
    """Whether this IP address, as text and without a zone, may be connected to.

    What embeds an IPv4 address is refused, but for the one form that a network makes by itself, of names that have no
    IPv6 address (NAT64, RFC 6052 §2.1): there the embedded address decides.
    """
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(parsed, ipaddress.IPv4Address):
        return not any(parsed in block for block in _NOT_PUBLIC_V4)
    if parsed.scope_id is not None:
        return False
    if parsed in _NAT64:
        return is_public(str(ipaddress.IPv4Address(int(parsed) & 0xFFFFFFFF)))
    isatap = (int(parsed) >> 32) & 0xFFFFFFFF in _ISATAP
    return parsed in _GLOBAL_UNICAST and not isatap and not any(parsed in block for block in _NOT_PUBLIC_V6)
