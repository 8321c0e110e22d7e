"""The address family of a request. Nothing else of an address is ever logged (RFC 4291 §2.5.5.2)."""

import ipaddress
import socket


def address_family(client: object, *, public: bool) -> str | None:
    """`IPv4` or `IPv6`, from the request's connection (ASGI's `client`). None where it is not the client's own address.

    `public`: the service is reached over https. Then a connection on loopback comes from a web server in front of us.
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
    """Most addresses are IPv4, and `ipaddress` takes ten times as long to say so."""
    try:
        socket.inet_pton(socket.AF_INET, host)
    except (OSError, ValueError):
        return False
    return True
