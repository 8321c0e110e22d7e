"""Over which family of addresses a request came: as much of an address as is ever noted (RFC 4291 §2.5.5.2)."""

import ipaddress
import socket


def address_family(client: object, *, public: bool) -> str | None:
    """IPv4 or IPv6, by the connection that brought the request (ASGI's `client`); None where that is not the caller's.

    `public`: people reach the service at https. Spoken to on loopback, it stands behind a web server on its machine.
    """
    match client:
        case (str(host), _):
            if _is_ipv4(host):
                return None if public and host.startswith("127.") else "IPv4"
            try:
                address = ipaddress.ip_address(host)
            except ValueError:
                return None
        case _:
            return None
    if isinstance(address, ipaddress.IPv6Address):
        address = address.ipv4_mapped or address
    return None if public and address.is_loopback else f"IPv{address.version}"


def _is_ipv4(host: str) -> bool:
    """For the many: `ipaddress` takes ten times as long."""
    try:
        socket.inet_pton(socket.AF_INET, host)
    except (OSError, ValueError):
        return False
    return True
