"""The network as it is: names resolved by the system, and TLS that is verified (RFC 9110 §4.3.4)."""

import socket
import ssl
from collections.abc import Sequence

import anyio
import certifi
from anyio.abc import ByteStream

_PORT = 443


async def resolve(host: str) -> Sequence[str]:
    """All addresses, in the order in which the system would try them. Raises OSError."""
    found = await anyio.getaddrinfo(host, _PORT, type=socket.SOCK_STREAM)
    return [*dict.fromkeys(str(address[0]) for _, _, _, _, address in found)]


class TlsConnector:
    """Makes its TLS context at its first use: that costs more than a request, and most processes need none."""

    def __init__(self) -> None:
        self._context: ssl.SSLContext | None = None

    async def __call__(self, address: str, host: str) -> ByteStream:
        """Raises OSError, of which ssl.SSLError is one."""
        if self._context is None:
            self._context = ssl.create_default_context(cafile=certifi.where())
            self._context.minimum_version = ssl.TLSVersion.TLSv1_2
            self._context.set_alpn_protocols(["http/1.1"])
        return await anyio.connect_tcp(
            address, _PORT, ssl_context=self._context, tls_hostname=host, tls_standard_compatible=False
        )
