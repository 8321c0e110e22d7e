"""JMAP providers of which the bridge knows the session URL alone: Cyrus IMAP by itself, and behind oidc-provider."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import anyio
import httpx
import pytest

from mailconnect.jmap.allowance import allowance
from mailconnect.jmap.client import JmapClient
from mailconnect.jmap.mailbox.mailboxes import all_mailboxes, paged_mailboxes
from mailconnect.outbound.aiohttp_transport import client
from mailconnect.outbound.allowed_hosts import HostAllowList
from mailconnect.sandbox.assistant.assistant import Assistant
from mailconnect.sandbox.assistant.errors import ErrorStatus
from mailconnect.sandbox.person import Person
from tests.peers.cyrus.cyrus import Cyrus
from tests.peers.cyrus.killed_sender import OnCyrus
from tests.peers.cyrus.packages import CyrusUnavailableError
from tests.peers.node import Node
from tests.peers.oidc_provider.provider import OidcProvider, PersonAtOidcProvider
from tests.peers.running_bridge import RunningBridge

pytestmark = [pytest.mark.peer, pytest.mark.anyio]

TOKEN_SECONDS = 2


@pytest.fixture(scope="module")
def cyrus() -> Iterator[Cyrus]:
    try:
        with Cyrus.started() as server:
            yield server
    except CyrusUnavailableError as missing:
        pytest.fail(str(missing), pytrace=False)


@pytest.fixture(scope="module")
def provider(node: Node, cyrus: Cyrus) -> Iterator[OidcProvider]:
    with OidcProvider.started(node, cyrus, access_token_seconds=TOKEN_SECONDS) as running:
        yield running


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("oidc")


@pytest.fixture(scope="module")
def bridge(provider: OidcProvider, folder: Path) -> Iterator[RunningBridge]:
    environment = {
        "MAILCONNECT_PROVIDER": "jmap",
        "MAILCONNECT_SESSION_URL": provider.well_known,
        "MAILCONNECT_PROVIDER_HOSTS": provider.issuer.removeprefix("http://"),
        "MAILCONNECT_CLIENT_ID": provider.client_id,
    }
    with RunningBridge.started(folder, environment) as running:
        yield running


def names(result: dict[str, object]) -> set[str]:
    structured = result["structuredContent"]
    assert isinstance(structured, dict), result
    return {mailbox["path"] for mailbox in structured["mailboxes"]}


def receipts(folder: Path) -> list[str]:
    """What became of the provider's tokens of each connection that has ended."""
    with closing(sqlite3.connect(folder / "data" / "mailconnect.sqlite3")) as database:
        rows = database.execute("SELECT value FROM ledger WHERE key LIKE 'receipt:%'").fetchall()
    return [json.loads(value)["provider"] for (value,) in rows]


async def test_sign_in_at_oidc_provider_leads_to_the_mailboxes_on_cyrus(
    bridge: RunningBridge, folder: Path, http: httpx.AsyncClient
) -> None:
    assistant = Assistant(bridge.mcp_url, http)
    await assistant.connect(PersonAtOidcProvider("alice", "any", http))
    session = await assistant.call_tool("get_session")
    assert session["structuredContent"]["username"] == "alice"
    before = await assistant.call_tool("list_mailboxes")
    assert {"Projects/2026/Q4", "日本語"} <= names(before)

    for _ in range(2):  # so that the rotated refresh token is proven to be the one that was kept
        await anyio.sleep(TOKEN_SECONDS)  # nobody tells when the provider's token expires
        assert names(await assistant.call_tool("list_mailboxes")) == names(before)
    await assistant.refresh()
    assert names(await assistant.call_tool("list_mailboxes")) == names(before)

    await assistant.revoke()
    with pytest.raises(ErrorStatus) as refused:
        await assistant.call_tool("list_mailboxes")
    assert refused.value.status == 401
    with anyio.fail_after(10):
        while receipts(folder) != ["revoked"]:  # noqa: ASYNC110 - of another process
            await anyio.sleep(0.05)


async def test_an_owner_who_does_not_consent_at_oidc_provider_is_not_connected(
    bridge: RunningBridge, http: httpx.AsyncClient
) -> None:
    assistant = Assistant(bridge.mcp_url, http)
    person = PersonAtOidcProvider("bob", "any", http)
    await assistant.discover()
    await assistant.register()
    page = await person.browser.open(assistant.authorization_url())
    [form] = [form for form in page.forms if ("decision", "approve") in form.buttons]
    page = await person.browser.submit(page, form, {"decision": "approve"})
    assert page.location
    page = await person.browser.open(page.location)
    assert page.location
    page = await person.browser.open(f"{page.location}/abort")
    while page.location and not page.location.startswith(assistant.redirect_uri):
        page = await person.browser.open(page.location)
    assert page.location
    assert "error=access_denied" in page.location


async def test_without_a_client_id_the_bridge_registers_itself_at_oidc_provider(
    provider: OidcProvider, http: httpx.AsyncClient, tmp_path: Path
) -> None:
    environment = {
        "MAILCONNECT_PROVIDER": "jmap",
        "MAILCONNECT_SESSION_URL": provider.session_url,
        "MAILCONNECT_PROVIDER_HOSTS": provider.issuer.removeprefix("http://"),
    }
    kept = []
    for _ in range(2):
        with RunningBridge.started(tmp_path, environment) as bridge:
            assistant = Assistant(bridge.mcp_url, http)
            await assistant.connect(PersonAtOidcProvider("alice", "any", http))
            assert "Projects/2026/Q4" in names(await assistant.call_tool("list_mailboxes"))
            await anyio.sleep(TOKEN_SECONDS)
            assert "Projects/2026/Q4" in names(await assistant.call_tool("list_mailboxes"))
        kept.append(json.loads((tmp_path / "data" / "provider_client.json").read_text())["client_id"])
    assert kept[0]
    assert kept[0] != provider.client_id


@pytest.mark.parametrize("path", ["jmap/", ".well-known/jmap"])
async def test_cyrus_alone_is_connected_by_a_token_of_its_own(
    cyrus: Cyrus, http: httpx.AsyncClient, tmp_path: Path, path: str
) -> None:
    environment = {
        "MAILCONNECT_PROVIDER": "jmap",
        "MAILCONNECT_SESSION_URL": cyrus.jmap_url.replace("jmap/", path),
        "MAILCONNECT_PROVIDER_NAME": "Cyrus",
    }
    with RunningBridge.started(tmp_path, environment) as bridge:
        assistant = Assistant(bridge.mcp_url, http)
        await assistant.connect(Person("alice", "", http, api_token=cyrus.mint("alice")))
        session = await assistant.call_tool("get_session")
        assert session["structuredContent"]["username"] == "alice"
        assert "Projects/2026/Q4" in names(await assistant.call_tool("list_mailboxes"))
        await assistant.revoke()


@pytest.mark.parametrize("size", [1, 3, 4096])
async def test_the_mailboxes_on_cyrus_are_the_same_in_portions(cyrus: Cyrus, size: int) -> None:
    async with client() as transport:
        jmap = JmapClient(transport, HostAllowList.of((), loopback_ports=(cyrus.http_port,)), lambda: 0)
        access = OnCyrus(jmap, cyrus.mint("alice"), allowance(frozenset({"mailboxes:read"})), url=cyrus.jmap_url)
        whole = await all_mailboxes(access, "alice")
        session = replace(await access.session(), limits={"maxObjectsInGet": size, "maxCallsInRequest": 4})
        paged = await paged_mailboxes(access, "alice", session)
    assert set(paged.mailboxes) == set(whole.mailboxes)
    assert len(whole.mailboxes) > 10


async def test_an_account_that_bob_shares_on_cyrus_is_listed_for_alice_and_hers_not_for_bob(
    bridge: RunningBridge, http: httpx.AsyncClient
) -> None:
    alice, bob = Assistant(bridge.mcp_url, http), Assistant(bridge.mcp_url, http)
    await alice.connect(PersonAtOidcProvider("alice", "any", http))
    await bob.connect(PersonAtOidcProvider("bob", "any", http))
    session = await alice.call_tool("get_session")
    assert [other["accountId"] for other in session["structuredContent"]["otherMailAccounts"]] == ["bob"]
    assert names(await alice.call_tool("list_mailboxes", {"accountId": "bob"})) == {"Team"}
    assert (await bob.call_tool("list_mailboxes", {"accountId": "alice"}))["isError"]
