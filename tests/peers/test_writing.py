"""The journeys of writing, sending and filing: through the official SDKs, on the sandbox and on Cyrus, the mail server
that Fastmail develops; and the owner presses Send in Chromium.

Cyrus of Debian 13 is told to hold no mail longer than some seconds. There a message cannot be scheduled, and an
approved one is soon gone.
"""

import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass

import anyio
import httpx
import pytest

from tests.peers.cache import PeerUnavailableError
from tests.peers.client import AskedPerson, OpenClient
from tests.peers.cyrus.cyrus import Cyrus
from tests.peers.cyrus.outbox import Outbox
from tests.peers.cyrus.packages import DEBIAN_13, CyrusUnavailableError
from tests.peers.cyrus.person import SETTINGS, load_everybody
from tests.peers.node import Node
from tests.peers.owner_at_browser import OwnerAtBrowser, owner_at_browser
from tests.peers.python_mcp import python_client
from tests.peers.running_bridge import RunningBridge
from tests.peers.typescript_client import typescript_client
from tests.peers.writing import (
    Assistant,
    Mailed,
    archive_newsletters,
    leaves_when_its_time_has_come,
    mask_an_address,
    reply_at_once,
    reply_with_approval,
    schedule_and_undo,
    schedule_too_far,
)

pytestmark = [pytest.mark.peer, pytest.mark.anyio]

_SOON = {"jmap_max_delayed_send": "5s"}
_LONGEST = 30  # seconds; Cyrus looks every ten whether a message's time has come


@dataclass(frozen=True, slots=True)
class OnSandbox:
    url: str

    async def count(self) -> int:
        async with httpx.AsyncClient(trust_env=False) as http:
            counters = (await http.get(f"{self.url}/sandbox/counters")).raise_for_status().json()
        return int(counters.get("outbox", 0))

    async def until(self, count: int) -> None:
        await _until(self, count)


@dataclass(frozen=True, slots=True)
class OnCyrus:
    outbox: Outbox

    async def count(self) -> int:
        return len(self.outbox.taken)

    async def until(self, count: int) -> None:
        await _until(self, count)


async def _until(mailed: Mailed, count: int) -> None:
    with anyio.fail_after(_LONGEST):
        while await mailed.count() < count:  # noqa: ASYNC110
            await anyio.sleep(0.1)  # nobody tells when a message leaves: only asking does


@dataclass(frozen=True, slots=True)
class Place:
    """`holds_long`: a message can be scheduled. `masks`: there are masked addresses."""

    bridge: RunningBridge
    mailed: Mailed
    holds_long: bool = True
    masks: bool = False


PLACES = ("sandbox", "cyrus", "cyrus of Debian 13")


@pytest.fixture(scope="module", params=PLACES)
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("writing")
    if request.param == "sandbox":
        with RunningBridge.started(folder, {"SANDBOX_PERSONA": "fastmail"}) as bridge:
            yield Place(bridge, OnSandbox(bridge.sandbox), masks=True)
        return
    soon = request.param != "cyrus"
    with ExitStack() as stack:
        outbox = stack.enter_context(Outbox.started())
        settings = {**SETTINGS, **outbox.settings, **(_SOON if soon else {})}
        suite = DEBIAN_13 if soon else ""
        try:
            cyrus = stack.enter_context(Cyrus.started(settings=settings, provisioned=False, suite=suite))
        except CyrusUnavailableError as missing:
            pytest.fail(str(missing), pytrace=False)
        load_everybody(cyrus, int(time.time()))
        environment = {"SANDBOX_JMAP": cyrus.jmap_url, "SANDBOX_JMAP_KEY": str(cyrus.jwt_key_file)}
        bridge = stack.enter_context(RunningBridge.started(folder, environment))
        yield Place(bridge, OnCyrus(outbox), holds_long=not soon)


SDKS = ("Python", "TypeScript")


@pytest.fixture(params=SDKS)
def sdk(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def open_client(sdk: str, node: Node) -> OpenClient:
    opened: Mapping[str, OpenClient] = {
        "Python": lambda bridge, ask: python_client("auto", bridge, ask),
        "TypeScript": typescript_client(node, "@modelcontextprotocol/sdk-1.32"),
    }
    return opened[sdk]


@asynccontextmanager
async def connected(
    place: Place, open_client: OpenClient, http: httpx.AsyncClient, sending: str
) -> AsyncIterator[tuple[Assistant, list[str]]]:
    """And the names of its tools."""
    async with open_client(place.bridge, AskedPerson("alice", http, sending=sending)) as client:
        tools = (await client.connect()).tools
        yield Assistant(client), tools


@pytest.fixture
async def owner(anyio_backend: str) -> AsyncIterator[OwnerAtBrowser]:
    try:
        async with owner_at_browser() as person:
            yield person
    except PeerUnavailableError as missing:
        pytest.fail(str(missing), pytrace=False)


async def test_under_known_it_replies_at_once_files_schedules_and_stops(
    place: Place, open_client: OpenClient, sdk: str, http: httpx.AsyncClient
) -> None:
    async with connected(place, open_client, http, "known") as (assistant, tools):
        await reply_at_once(assistant, place.mailed)
        await archive_newsletters(assistant)
        await (schedule_and_undo if place.holds_long else schedule_too_far)(assistant)
        if place.holds_long and sdk == "Python":
            await leaves_when_its_time_has_come(assistant, place.mailed)
        assert bool({"list_masked_emails", "write_masked_email"} & {*tools}) is place.masks
        if place.masks:
            await mask_an_address(assistant, f"{sdk.lower()}.example")
        else:
            for told in (
                await assistant.refused("list_masked_emails"),
                await assistant.refused("write_masked_email", action="create", site="shop.example"),
            ):
                assert "offers no masked addresses" in told


async def test_a_reply_that_its_owner_approves_in_a_browser_leaves_once_or_is_stopped(
    place: Place, open_client: OpenClient, sdk: str, http: httpx.AsyncClient, owner: OwnerAtBrowser
) -> None:
    stops = sdk == "Python" if not place.holds_long else True
    async with connected(place, open_client, http, "approve") as (assistant, _):
        await reply_with_approval(assistant, owner, place.mailed, stops=stops)
