"""All entry points in one process, for one machine: SQLite, a key file, uvicorn; by default a sandbox too.

Rights: all of them. `make run` starts it; README.md and docs/settings.md say what can be set.
"""

import asyncio
import gc
import logging
import math
import os
import signal
import socket
import sqlite3
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from starlette.types import ASGIApp

from mailconnect.composition.adapters import Adapters
from mailconnect.composition.edge import application
from mailconnect.composition.late_fetch import LateFetch
from mailconnect.composition.mailboxes import storing
from mailconnect.composition.mcp import mcp_routes
from mailconnect.composition.oauth import oauth_routes
from mailconnect.composition.provider import provider_of
from mailconnect.composition.stores import Stores
from mailconnect.composition.sweep import sweep
from mailconnect.composition.web import web_routes
from mailconnect.data_folder import FolderShared, private_folder
from mailconnect.endpoints.http.request_log import Write, logged
from mailconnect.endpoints.pages.rendering import Pages
from mailconnect.grants.approval import Approval
from mailconnect.grants.trusted_browser import TrustedBrowser
from mailconnect.jmap.client import JmapClient
from mailconnect.keys.keyfile import KeyFile, KeyFileRefused
from mailconnect.local.demo.routes import Demo
from mailconnect.local.first_run import first_run
from mailconnect.local.log import keep_logs
from mailconnect.local.process_exit import exit_process
from mailconnect.local.registration import registration_of
from mailconnect.local.server import listen, server
from mailconnect.local.sweeper import Sweeper
from mailconnect.local.workers import CANNOT_START, Worker, supervise
from mailconnect.outbound.aiohttp_transport import client
from mailconnect.provider.oauth_client import OAuthClient
from mailconnect.provider.storing import Storing
from mailconnect.sandbox.__main__ import real_server_of
from mailconnect.sandbox.app import create_app
from mailconnect.sandbox.persona import Persona
from mailconnect.sandbox.settings import RealServer, SettingsError, persona_of
from mailconnect.sandbox.settings import Settings as SandboxSettings
from mailconnect.settings import PREFIX, SettingError, Settings, from_environment
from mailconnect.store.sqlite.audit import SqliteAuditEvents
from mailconnect.store.sqlite.clients import SqliteClients
from mailconnect.store.sqlite.counters import SqliteCounters
from mailconnect.store.sqlite.database import Database
from mailconnect.store.sqlite.file import DatabaseRefused
from mailconnect.store.sqlite.grants import SqliteGrants
from mailconnect.store.sqlite.ledger import SqliteLedger
from mailconnect.store.sqlite.outbox import FileOutbox
from mailconnect.store.sqlite.owned import SqliteOwned
from mailconnect.store.sqlite.switches import SqliteSwitches
from mailconnect.store.switchboard import Switchboard

_HOST = "127.0.0.1"

_SWITCHING = 0.0005
"""Seconds that a thread which renders mail works on while the event loop asks for its turn."""

_OBJECTS_BETWEEN_COLLECTIONS = 20_000
"""Those made and not yet gone: sixteen calls at once hold some thousands."""


class CannotStart(Exception):
    """One sentence: what prevents the start, and how to mend it."""


@dataclass(frozen=True, slots=True)
class Store:
    database: Database
    keys: KeyFile

    @classmethod
    def open(cls, settings: Settings) -> "Store":
        """Raises CannotStart."""
        folder = settings.data_dir
        try:
            private_folder(folder)
            keys = KeyFile.open(folder / "keys.json", os.urandom)
            return cls(Database.open(folder / "mailconnect.sqlite3"), keys)
        except FolderShared:
            raise CannotStart(
                f"Other users of this machine can open the folder {folder}, and not all in it is mailconnect's; "
                f"run chmod 700 {folder}, or name a folder of its own with {PREFIX}DATA_DIR."
            ) from None
        except OSError as error:
            raise CannotStart(
                f"The folder {folder} cannot be used ({error.strerror}); make it writable, "
                f"or name another one with {PREFIX}DATA_DIR."
            ) from None
        except (KeyFileRefused, DatabaseRefused) as error:
            raise CannotStart(f"{error}.") from None


@asynccontextmanager
async def bridge(settings: Settings, store: Store, *, alone: bool = True) -> AsyncIterator[tuple[Adapters, Sweeper]]:
    """The adapters of one machine, connected for as long as the context lasts; `alone`: no other process is beside."""
    woken = asyncio.Event()

    async def wake() -> None:
        woken.set()

    def clock() -> int:
        return int(time.time())

    async with client() as jmap_http, client(keeps=False) as oauth_http:
        provider = provider_of(settings)
        oauth = OAuthClient(oauth_http, provider, clock, registration=registration_of(settings, provider, clock))
        stores = Stores(
            settings=settings,
            clients=SqliteClients(store.database),
            grants=SqliteGrants(store.database),
            ledger=SqliteLedger(store.database),
            counters=SqliteCounters(store.database),
            switches=Switchboard(SqliteSwitches(store.database), clock),
            events=SqliteAuditEvents(store.database),
            approvals=SqliteOwned(Approval, store.database),
            browsers=SqliteOwned(TrustedBrowser, store.database),
            outbox=FileOutbox(settings.data_dir / "outbox"),
            fetch_document=LateFetch(),
            clock=clock,
            entropy=os.urandom,
            wake_sweep=wake,
        )
        adapters = Adapters(
            stores=stores,
            oauth=oauth,
            jmap=JmapClient(jmap_http, oauth.provider.allowed_hosts, clock),
            sleep=asyncio.sleep,
            time_left=lambda: math.inf,
        )
        yield adapters, Sweeper(sweep(adapters, opener=store.keys), store.database, woken, killed=alone)


def bridge_application(
    adapters: Adapters, store: Store, write: Write = logged, of_process: Storing | None = None
) -> ASGIApp:
    settings = adapters.stores.settings
    page_of = Pages(settings).error_page
    routes = [
        # Routes are tried in this order, and this one is asked most.
        *mcp_routes(adapters, page_of=page_of, of_process=of_process),
        *oauth_routes(adapters.stores),
        *web_routes(adapters, sealer=store.keys, owners=store.keys, of_process=of_process),
    ]
    return application(routes, settings, page_of, write)


Played = tuple[RealServer | None, Persona | None]
"""The server that the sandbox stands in front of, and the one that it answers as."""


def sandbox_application(
    settings: Settings, issuer: str, real_server: RealServer | None, persona: Persona | None = None
) -> ASGIApp:
    """With a play assistant beside it. Raises CannotStart."""
    data = settings.data_dir / "sandbox.sqlite3"
    played = SandboxSettings(issuer=issuer, data=str(data), real_server=real_server, persona=persona)
    try:
        return create_app(played, beside=Demo(settings=settings, origin=issuer, entropy=os.urandom).routes())
    except sqlite3.Error as error:
        raise CannotStart(f"{data} cannot be used ({error}); delete it, and the sandbox mailbox begins anew.") from None


def listener(port: int, setting: str, address: str = _HOST) -> socket.socket:
    try:
        return listen(address, port)
    except OSError as error:
        raise CannotStart(
            f"Port {port} cannot be used ({error.strerror}); stop what uses it, "
            f"or name another one with {PREFIX}{setting}."
        ) from None


def listening(settings: Settings) -> list[socket.socket]:
    """The bridge's, and the sandbox's where there is one. Raises CannotStart."""
    if settings.provider != "sandbox":
        return [listener(settings.port, "PORT", settings.listen)]
    if settings.secure or settings.listen != _HOST:
        raise CannotStart(
            "The sandbox mailbox, whose passwords everybody knows, is for this machine alone; "
            f"set {PREFIX}PROVIDER to serve {settings.issuer} at {settings.listen}."
        )
    return [listener(settings.port, "PORT"), listener(settings.sandbox_port, "SANDBOX_PORT")]


async def serve(
    settings: Settings, played: Played, listeners: list[socket.socket], worker: Worker, write: Write
) -> None:
    """Until SIGINT or SIGTERM. `played` is for the sandbox, `write` takes lines of requests.

    Raises CannotStart.
    """
    first = worker.number == 0
    store = Store.open(settings)
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    if worker.supervisor is not None:
        asyncio.get_running_loop().add_reader(worker.supervisor, stop.set)
    async with bridge(settings, store, alone=first) as (connected, sweeper):
        # A refresh that began now would be cut off half-way when the servers have waited long enough.
        adapters = replace(connected, time_left=lambda: 0.0 if stop.is_set() else math.inf)
        of_process = storing(adapters)
        servers = [server(bridge_application(adapters, store, write, of_process), settings.trusted_proxies)]
        if settings.provider == "sandbox" and first:
            servers.append(server(sandbox_application(settings, adapters.oauth.provider.id, *played)))
        # Without `strict`: the sandbox is served by the first worker alone.
        running = [asyncio.create_task(one.serve(sockets=[its])) for one, its in zip(servers, listeners, strict=False)]
        beside = [asyncio.create_task(replace(sweeper, storing=of_process).run())]
        if first and not worker.started_again:
            beside.append(asyncio.create_task(first_run(settings, adapters.oauth.provider)))
        _leave_what_stays()
        await stop.wait()
        for task in beside:
            task.cancel()
        for one in servers:
            one.should_exit = True
        await asyncio.gather(*running, *beside, return_exceptions=True)
    await store.database.close()


def main(environment: Mapping[str, str]) -> int:
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    os.umask(0o077)  # whatever file is made here, its owner alone may read it
    os.environ.pop(
        "SSLKEYLOGFILE", None
    )  # mailconnect.outbound.tls; no library of ours shall write session keys either
    try:
        settings = from_environment(environment)
        is_sandbox = settings.provider == "sandbox"
        played = (real_server_of(environment), persona_of(environment)) if is_sandbox else (None, None)
        store = Store.open(settings)
        listeners = listening(settings)
    except (SettingError, SettingsError, CannotStart) as error:
        return _refused(error)
    requests = keep_logs(settings.data_dir)
    asyncio.run(store.database.close())  # A connection to SQLite must not go through a fork.

    def work(worker: Worker) -> int:
        with asyncio.Runner(loop_factory=_event_loop) as runner:
            try:
                runner.run(serve(settings, played, listeners, worker, requests.write))
            except CannotStart as error:
                return _refused(error)
            return exit_process(0)

    return work(Worker()) if settings.workers == 1 else supervise(settings.workers, work)


def _leave_what_stays() -> None:
    """Takes all objects that exist now out of Python's garbage collector, and lets it run less often: a few concurrent
    calls would otherwise make it look at all of them again and again. Threads take turns more often.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS)
    sys.setswitchinterval(_SWITCHING)


def _refused(error: Exception) -> int:
    sys.stderr.write(f"{str(error).removesuffix('.')}.\n")
    return CANNOT_START


def _event_loop() -> asyncio.AbstractEventLoop:
    try:
        import uvloop  # noqa: PLC0415 - not there on every platform
    except ImportError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()
