"""The bridge, the sandbox and an assistant's callback on sockets of their own, in a thread; tests turn the clock."""

import asyncio
import os
import threading
import time
from collections.abc import Coroutine, Iterator
from concurrent.futures import Future
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from mailconnect.local.bridge import Store, bridge, bridge_application
from mailconnect.local.demo.routes import Demo
from mailconnect.local.server import listen, server
from mailconnect.sandbox.app import create_app
from mailconnect.sandbox.assistant.assistant import Assistant
from mailconnect.sandbox.oauth.clients import MAILCONNECT
from mailconnect.sandbox.settings import Settings as SandboxSettings
from mailconnect.settings import Settings, from_environment
from tests.browser.https import certified, stand_before

HOST = "127.0.0.1"
LONGEST = 60
_T = TypeVar("_T")


class TurnedClock:
    ahead = 0
    """Seconds that the bridge is ahead of the machine."""

    def __call__(self) -> int:
        return int(time.time()) + self.ahead


@dataclass(frozen=True, slots=True)
class Served:
    issuer: str
    sandbox: str
    callback: str
    """The address at which assistants wait for the code."""
    clock: TurnedClock
    https_port: int
    """Its address under its name, if it has one."""
    loop: asyncio.AbstractEventLoop
    http: httpx.AsyncClient

    def run(self, coroutine: Coroutine[Any, Any, _T]) -> _T:
        """An assistant's side of it, in the servers' own loop."""
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(LONGEST)

    def assistant(self, name: str = "Poke", redirect_uri: str = "") -> Assistant:
        """Registered, and about to send its person to the browser."""
        assistant = Assistant(f"{self.issuer}/mcp", self.http, name=name, redirect_uri=redirect_uri or self.callback)
        self.run(assistant.discover())
        self.run(assistant.register())
        return assistant


@contextmanager
def served(folder: Path, *, https_port: int = 0, **given: str) -> Iterator[Served]:
    """`https_port`: where it is reached under its name, instead of at a free port. `given` are settings beside those of
    the ports."""
    handed: Future[tuple[Served, asyncio.Event]] = Future()
    thread = threading.Thread(target=lambda: asyncio.run(_serve(folder, https_port, given, handed)), daemon=True)
    thread.start()
    running, stop = handed.result(LONGEST)
    try:
        yield running
    finally:
        running.loop.call_soon_threadsafe(stop.set)
        thread.join(LONGEST)


async def _waiting(_: Request) -> Response:
    return HTMLResponse(
        "<!doctype html><html lang=en><title>The assistant</title><h1>Back at the assistant</h1></html>"
    )


def _provider(settings: Settings, issuer: str) -> Starlette:
    """The sandbox, which knows the way back to a bridge under a name too, and the play assistant beside it."""
    back = f"{settings.issuer}/auth/callback"
    clients = (replace(MAILCONNECT, redirect_uris=(*MAILCONNECT.redirect_uris, back)),)
    played = SandboxSettings(issuer=issuer, data=str(settings.data_dir / "sandbox.sqlite3"), clients=clients)
    return create_app(played, beside=Demo(settings=settings, origin=issuer, entropy=os.urandom).routes())


async def _serve(
    folder: Path, wanted: int, given: dict[str, str], handed: "Future[tuple[Served, asyncio.Event]]"
) -> None:
    *sockets, https = [listen(HOST, port) for port in (0, 0, 0, wanted)]
    port, sandbox_port, callback_port, https_port = (str(one.getsockname()[1]) for one in (*sockets, https))
    sandbox, callback = f"http://{HOST}:{sandbox_port}", f"http://{HOST}:{callback_port}/callback"
    environment = {"DATA_DIR": str(folder), "PORT": port, "SANDBOX_PORT": sandbox_port} | given
    settings = from_environment({f"MAILCONNECT_{name}": value for name, value in environment.items()})
    store, clock = Store.open(settings), TurnedClock()
    async with bridge(settings, store) as (connected, sweeper), AsyncExitStack() as stack:
        ours = bridge_application(replace(connected, stores=replace(connected.stores, clock=clock)), store)
        named = {settings.issuer: httpx.ASGITransport(ours)} if settings.secure else {}
        http = await stack.enter_async_context(httpx.AsyncClient(trust_env=False, mounts=named))
        if settings.secure:
            context = certified(urlsplit(settings.issuer).hostname or "", folder)
            await stack.enter_async_context(await stand_before(int(port), https, context))
        applications = [
            ours,
            _provider(settings, sandbox),
            Starlette(routes=[Route("/callback", _waiting)]),
        ]
        servers = [server(one) for one in applications]
        tasks = [asyncio.create_task(one.serve(sockets=[its])) for one, its in zip(servers, sockets, strict=True)]
        tasks.append(asyncio.create_task(sweeper.run()))
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        handed.set_result((Served(settings.issuer, sandbox, callback, clock, int(https_port), loop, http), stop))
        await stop.wait()
        tasks[-1].cancel()
        for one in servers:
            one.should_exit = True
        await asyncio.gather(*tasks, return_exceptions=True)
    https.close()
    await store.database.close()
