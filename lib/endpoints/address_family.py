"""Over which family of addresses a request came: as much of an address as is ever noted (RFC 4291 §2.5.5.2)."""

import ipaddress

from starlette.requests import Request

from lib.settings import Settings


def address_family(request: Request, settings: Settings) -> str | None:
    """IPv4 or IPv6, by the connection that brought the request; None where that is not the caller's own.

    A service that people reach at https and that is spoken to on loopback stands behind a web server on its machine.
    """
    try:
        address = ipaddress.ip_address(request.client.host if request.client else "")
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address):
        address = address.ipv4_mapped or address
    return None if settings.secure and address.is_loopback else f"IPv{address.version}"
