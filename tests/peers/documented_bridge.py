"""The bridge as it runs on one machine, in a world that has one more web server: an assistant's, with its document.

`python -m tests.peers.documented_bridge` runs in place of `mailconnect.local`. The name has a public address, as it
must, and a connection to that address ends at a TLS server in this process.
"""

import asyncio
import json
import os
import sys
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path

from anyio.abc import ByteStream

from mailconnect.client_documents import network
from mailconnect.local import bridge as local
from tests.client_documents.tls_host import TlsHost, tls_host

HOST = "assistant.example"
URL = f"https://{HOST}/oauth/client.json"
DOCUMENT = {
    "client_id": URL,
    "client_name": "An assistant with a document",
    "redirect_uris": [
        "http://127.0.0.1/callback",
        "http://localhost/callback",
        "http://127.0.0.1/oauth/callback",
        "http://localhost/oauth/callback",
    ],
    "grant_types": ["authorization_code", "refresh_token"],
    "response_types": ["code"],
    "token_endpoint_auth_method": "none",
}
_PUBLIC = "93.184.215.14"


class World:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._open = AsyncExitStack()
        self._host: TlsHost | None = None

    async def resolve(self, host: str) -> Sequence[str]:
        if host != HOST:
            raise OSError("there is no such host")
        return [_PUBLIC]

    async def connect(self, address: str, host: str) -> ByteStream:
        assert (address, host) == (_PUBLIC, HOST)
        if self._host is None:
            self._host = await self._open.enter_async_context(tls_host(self._folder, _answer, host=HOST))
        return await self._host.connect(address, host)


async def _answer(head: bytes, writer: asyncio.StreamWriter) -> None:
    assert head.startswith(b"GET /oauth/client.json HTTP/1.1\r\n"), head
    body = json.dumps(DOCUMENT).encode()
    lines = ["HTTP/1.1 200 OK", "Content-Type: application/json", f"Content-Length: {len(body)}", "", ""]
    writer.write("\r\n".join(lines).encode() + body)
    await writer.drain()


if __name__ == "__main__":
    world = World(Path(os.environ["MAILCONNECT_DATA_DIR"]).parent)

    async def resolve(_: network.Resolver, host: str) -> Sequence[str]:
        return await world.resolve(host)

    async def connect(_: network.TlsConnector, address: str, host: str) -> ByteStream:
        return await world.connect(address, host)

    network.Resolver.__call__ = resolve
    network.TlsConnector.__call__ = connect
    sys.exit(local.main(os.environ))
