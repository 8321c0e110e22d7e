"""Servers on real sockets, for what only a connection can show."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.types import ASGIApp

from mailconnect.local.server import Server, listen, server


@asynccontextmanager
async def served(app: ASGIApp, port: int = 0) -> AsyncIterator[int]:
    """The port."""
    async with serving(app, port) as (taken, _):
        yield taken


@asynccontextmanager
async def serving(app: ASGIApp, port: int = 0) -> AsyncIterator[tuple[int, Server]]:
    """The port, and uvicorn without its main loop, whose ticks would make each test a third of a second longer."""
    running = server(app)
    running.config.load()
    running.lifespan = running.config.lifespan_class(running.config)
    listener = listen("127.0.0.1", port)
    await running.startup(sockets=[listener])
    try:
        yield listener.getsockname()[1], running
    finally:
        for listening in running.servers:
            listening.close()
        for connection in list(running.server_state.connections):
            connection.transport.close()
        await asyncio.gather(*running.server_state.tasks)
        await running.lifespan.shutdown()
        listener.close()


@asynccontextmanager
async def accepting(tls: ssl.SSLContext | None = None) -> AsyncIterator[tuple[int, list[bytes]]]:
    """A port where connections are taken and never answered, and what came in over each."""
    received: list[bytes] = []

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        received.append(await reader.read(65_536))
        writer.close()

    listening = await asyncio.start_server(take, "127.0.0.1", 0, ssl=tls)
    async with listening:
        yield listening.sockets[0].getsockname()[1], received
