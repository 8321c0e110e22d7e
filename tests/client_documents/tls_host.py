"""A web server under any name, on loopback: with a certificate authority of its own, and whatever it is told to say."""

import asyncio
import ipaddress
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import anyio
from anyio.abc import ByteStream
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

Handle = Callable[[bytes, asyncio.StreamWriter], Awaitable[None]]
"""Given a request's head, writes what it likes."""

DAY = timedelta(days=1)


class Authority:
    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test authority")])
        constraints = x509.BasicConstraints(ca=True, path_length=0)
        self.certificate = self._signed(name, name, self._key, constraints, None, timedelta())
        self._name = name

    def pem(self) -> str:
        return self.certificate.public_bytes(serialization.Encoding.PEM).decode()

    def server_context(self, folder: Path, host: str, *, expired: bool = False) -> ssl.SSLContext:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "A host")])
        names = x509.SubjectAlternativeName([x509.DNSName(host)])
        age = 90 * DAY if expired else timedelta()
        certificate = self._signed(
            subject, self._name, key, x509.BasicConstraints(ca=False, path_length=None), names, age
        )
        file = folder / f"{host}.pem"
        file.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
            + certificate.public_bytes(serialization.Encoding.PEM)
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context

    def _signed(
        self,
        subject: x509.Name,
        issuer: x509.Name,
        key: ec.EllipticCurvePrivateKey,
        constraints: x509.BasicConstraints,
        names: x509.SubjectAlternativeName | None,
        age: timedelta,
    ) -> x509.Certificate:
        now = datetime.now(UTC) - age
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - DAY)
            .not_valid_after(now + 30 * DAY)
            .add_extension(constraints, critical=True)
        )
        if names is not None:
            builder = builder.add_extension(names, critical=False)
        return builder.sign(self._key, hashes.SHA256())


@dataclass
class TlsHost:
    """`connected` are the addresses that the fetch chose, `named` what it asked for by SNI, `heads` what it sent."""

    port: int
    authority: Authority
    connected: list[str] = field(default_factory=list)
    named: list[str | None] = field(default_factory=list)
    heads: list[bytes] = field(default_factory=list)

    async def connect(self, address: str, host: str) -> ByteStream:
        """As mailconnect.client_documents.network does, only that every public address is this host."""
        ipaddress.ip_address(address)
        self.connected.append(address)
        context = ssl.create_default_context(cadata=self.authority.pem())
        return await anyio.connect_tcp(
            "127.0.0.1", self.port, ssl_context=context, tls_hostname=host, tls_standard_compatible=False
        )


@asynccontextmanager
async def tls_host(
    folder: Path, handle: Handle, *, host: str = "app.example", expired: bool = False
) -> AsyncIterator[TlsHost]:
    authority = Authority()
    context = authority.server_context(folder, host, expired=expired)
    running = TlsHost(0, authority)
    context.set_alpn_protocols(["h2", "http/1.1"])
    context.sni_callback = lambda _, name, __: running.named.append(name)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            running.heads.append(await reader.readuntil(b"\r\n\r\n"))
            await handle(running.heads[-1], writer)
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    running.port = server.sockets[0].getsockname()[1]
    try:
        yield running
    finally:
        server.close()
