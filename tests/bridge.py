"""The whole bridge in one process: its real routes on SQLite, before the sandbox, under a clock that tests turn."""

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import anyio.lowlevel
import httpx
from starlette.types import ASGIApp

from mailconnect.client_documents.fetched import Fetched
from mailconnect.clock import Entropy
from mailconnect.composition.adapters import Adapters
from mailconnect.composition.edge import application
from mailconnect.composition.mcp import mcp_routes
from mailconnect.composition.oauth import oauth_routes
from mailconnect.composition.provider import provider_of
from mailconnect.composition.stores import Stores
from mailconnect.composition.sweep import sweep
from mailconnect.composition.web import web_routes
from mailconnect.endpoints.pages.rendering import Pages
from mailconnect.grants.approval import Approval
from mailconnect.grants.trusted_browser import TrustedBrowser
from mailconnect.jmap.client import JmapClient
from mailconnect.keys.keyfile import KeyFile
from mailconnect.local.registration import registration_of
from mailconnect.oauth.clients.id_url import DocumentUrl
from mailconnect.outbound.httpx_transport import OverHttpx
from mailconnect.provider.oauth_client import OAuthClient
from mailconnect.sandbox.app import create_app
from mailconnect.sandbox.assistant.assistant import Assistant
from mailconnect.sandbox.person import Person
from mailconnect.sandbox.provider import Provider as SandboxProvider
from mailconnect.sandbox.settings import Settings as SandboxSettings
from mailconnect.settings import Settings, from_environment
from mailconnect.store.sqlite.audit import SqliteAuditEvents
from mailconnect.store.sqlite.clients import SqliteClients
from mailconnect.store.sqlite.counters import SqliteCounters
from mailconnect.store.sqlite.database import Database
from mailconnect.store.sqlite.grants import SqliteGrants
from mailconnect.store.sqlite.ledger import SqliteLedger
from mailconnect.store.sqlite.outbox import FileOutbox
from mailconnect.store.sqlite.owned import SqliteOwned
from mailconnect.store.sqlite.switches import SqliteSwitches
from mailconnect.store.switchboard import Switchboard
from mailconnect.sweep.sweep import Sweep

START = 1_800_000_000
ISSUER = "http://127.0.0.1:8787"
SANDBOX = "http://127.0.0.1:8788"


@dataclass
class TurnedClock:
    now: int = START

    def __call__(self) -> int:
        return self.now


@dataclass
class Bridge:
    adapters: Adapters
    app: ASGIApp
    sandbox: SandboxProvider
    database: Database
    database_path: Path
    keys: KeyFile
    clock: TurnedClock
    sweep: Sweep
    to_provider: "ToSandbox"
    http: httpx.AsyncClient
    """An assistant's and a person's way to bridge and sandbox alike; keeps no cookies of its own."""
    woken: list[int] = field(default_factory=list)

    def assistant(self, **options: Any) -> Assistant:
        return Assistant(f"{ISSUER}/mcp", self.http, **options)

    def person(self, username: str = "alice", **options: Any) -> Person:
        return Person(username, "secret", self.http, **options)

    async def connected(self, username: str = "alice", **options: Any) -> Assistant:
        assistant = self.assistant(**options)
        await assistant.connect(self.person(username))
        return assistant


@asynccontextmanager
async def running_bridge(
    folder: Path,
    *,
    environment: dict[str, str] | None = None,
    entropy: Entropy = os.urandom,
    sandbox_settings: SandboxSettings | None = None,
    start: int = START,
    **replaced: Any,
) -> AsyncIterator[Bridge]:
    """`replaced` are adapters to put in the place of the ordinary ones; its clock begins at `start` seconds."""
    settings: Settings = from_environment({"MAILCONNECT_DATA_DIR": str(folder)} | (environment or {}))
    clock = TurnedClock(start)
    sandbox = create_app(sandbox_settings, clock=clock)
    database_path = folder / "mailconnect.sqlite3"
    database = Database.open(database_path)
    keys = KeyFile.open(folder / "keys.json", entropy)
    to_sandbox = httpx.ASGITransport(app=sandbox)
    sandbox_mounts = {SANDBOX: to_sandbox, SANDBOX.replace("127.0.0.1", "localhost"): to_sandbox}
    woken: list[int] = []

    async def wake() -> None:
        woken.append(clock())

    async def no_sleep(_: float) -> None:
        await anyio.lowlevel.checkpoint()  # lets others run; no test may depend on how long

    to_provider = ToSandbox(sandbox_mounts)
    transport = OverHttpx(to_provider)
    provider = provider_of(settings)
    oauth = OAuthClient(transport, provider, clock, registration=registration_of(settings, provider, clock))
    stores = Stores(
        settings=settings,
        clients=SqliteClients(database),
        grants=SqliteGrants(database),
        ledger=SqliteLedger(database),
        counters=SqliteCounters(database),
        switches=Switchboard(SqliteSwitches(database), clock),
        events=SqliteAuditEvents(database),
        approvals=SqliteOwned(Approval, database),
        browsers=SqliteOwned(TrustedBrowser, database),
        outbox=FileOutbox(folder / "outbox"),
        fetch_document=_fetch_nothing,
        clock=clock,
        entropy=entropy,
        wake_sweep=wake,
    )
    of_stores = {name: one for name, one in replaced.items() if name in {field.name for field in fields(Stores)}}
    adapters = Adapters(
        stores=replace(stores, **of_stores),
        oauth=oauth,
        jmap=JmapClient(transport, oauth.provider.allowed_hosts, clock),
        sleep=no_sleep,
        time_left=lambda: 900.0,
    )
    adapters = replace(adapters, **{name: one for name, one in replaced.items() if name not in of_stores})
    pages = Pages(settings)
    app = application(
        [
            *oauth_routes(adapters.stores),
            *web_routes(adapters, sealer=keys, owners=keys),
            *mcp_routes(adapters, page_of=pages.error_page),
        ],
        settings,
        pages.error_page,
    )
    mounts = {settings.issuer: httpx.ASGITransport(app=app), **sandbox_mounts}
    async with httpx.AsyncClient(mounts=mounts, transport=httpx.MockTransport(_nowhere)) as http:
        yield Bridge(
            adapters=adapters,
            app=app,
            sandbox=sandbox.state.provider,
            database=database,
            database_path=database_path,
            keys=keys,
            clock=clock,
            sweep=sweep(adapters, opener=keys),
            to_provider=to_provider,
            http=http,
            woken=woken,
        )
    await database.close()
    sandbox.state.provider.state.close()


class ToSandbox(httpx.AsyncBaseTransport):
    """The transport to a provider: `mounts` are its origins, and no other host exists. Hooks as of httpx's client."""

    def __init__(self, mounts: dict[str, httpx.ASGITransport]) -> None:
        self._mounts = mounts
        self.event_hooks: dict[str, list[Callable[[Any], Awaitable[None]]]] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        for hook in self.event_hooks.get("request", ()):
            await hook(request)
        origin = f"{request.url.scheme}://{request.url.netloc.decode()}"
        if origin not in self._mounts:
            _nowhere(request)
        response = await self._mounts[origin].handle_async_request(request)
        response.request = request
        for hook in self.event_hooks.get("response", ()):
            await hook(response)
        return response


async def _fetch_nothing(url: DocumentUrl) -> Fetched:
    raise AssertionError(f"a document was fetched: {url.url}")


def _nowhere(request: httpx.Request) -> httpx.Response:
    raise AssertionError(f"a request left the test: {request.url}")
