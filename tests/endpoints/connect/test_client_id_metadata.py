"""A URL as client id, from the request to the tokens: rows CI of docs/attacks.md. The fetch itself and what it may
bring are in tests/client_documents and tests/oauth.
"""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from mailconnect.client_documents.fetched import Fetched, NotFetched
from mailconnect.oauth.clients.client import Client as Registered
from mailconnect.oauth.clients.id_url import DocumentUrl
from mailconnect.store.memory import MemoryClients
from mailconnect.store.sqlite.switches import SqliteSwitches
from mailconnect.store.switches import Switch
from tests.bridge import ISSUER, running_bridge
from tests.endpoints.oauth_answers import lives, refused
from tests.endpoints.wire import API_TOKEN, REDIRECT_URI, Client, Window, Wire, answered, is_local_page

pytestmark = pytest.mark.anyio

URL = "https://app.example/client.json"
SERVER = "/.well-known/oauth-authorization-server"


@dataclass
class World:
    """The documents that can be fetched, or the errors. `fetched` is each fetch that was made."""

    documents: dict[str, dict[str, Any] | Exception] = field(default_factory=dict)
    fetched: list[str] = field(default_factory=list)
    cache_control: str = "no-store"

    async def fetch(self, url: DocumentUrl) -> Fetched:
        self.fetched.append(url.url)
        document = self.documents.get(url.url, NotFetched("status_404"))
        if isinstance(document, Exception):
            raise document
        return Fetched(json.dumps(document).encode(), (("cache-control", self.cache_control),))

    def publish(self, url: str = URL, **members: Any) -> None:
        document = {"client_id": url, "client_name": "App", "redirect_uris": [REDIRECT_URI]} | members
        self.documents[url] = {name: value for name, value in document.items() if value is not None}


@pytest.fixture
def world() -> World:
    world = World()
    world.publish()
    return world


@pytest.fixture
async def wire(tmp_path: Path, anyio_backend: str, world: World) -> AsyncIterator[Wire]:
    async with running_bridge(tmp_path, fetch_document=world.fetch) as bridge:
        yield Wire(bridge)


@pytest.fixture
def client(wire: Wire) -> Client:
    return Client(wire, URL, None, REDIRECT_URI)


async def test_a_client_that_nobody_registered_connects_calls_and_refreshes(client: Client) -> None:
    tokens = await client.tokens()
    refreshed = await client.refresh(tokens["refresh_token"])
    assert refreshed.status_code == 200
    assert (await client.wire.mcp(refreshed.json()["access_token"])).status_code == 200
    assert (await client.revoke(refreshed.json()["refresh_token"])).status_code == 200
    assert (await client.wire.mcp(refreshed.json()["access_token"])).status_code == 401


@pytest.mark.parametrize(
    ("url", "registered", "callback"),
    [
        (
            "https://claude.ai/oauth/claude-code-client-metadata",
            ["http://localhost/callback", "http://127.0.0.1/callback"],
            "http://localhost:52345/callback",
        ),
        (
            "https://vscode.dev/oauth/client-metadata.json",
            ["http://127.0.0.1/", "http://127.0.0.1:33418/", "https://vscode.dev/redirect"],
            "http://127.0.0.1:49152/",
        ),
        (
            "https://chatgpt.com/oauth/tU1UVEq8rRTK/client.json",
            ["https://chatgpt.com/connector_platform_oauth_redirect"],
            "https://chatgpt.com/connector_platform_oauth_redirect",
        ),
    ],
    ids=["Claude Code", "Visual Studio Code", "ChatGPT"],
)
async def test_a_known_assistant_connects_by_its_document(
    wire: Wire, world: World, url: str, registered: list[str], callback: str
) -> None:
    world.publish(
        url,
        redirect_uris=registered,
        grant_types=["authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code"],
        token_endpoint_auth_method="none",
        token_endpoint_auth_methods_supported=["none", "private_key_jwt"],
    )
    client = Client(wire, url, None, callback)
    assert await lives(client, await client.tokens())


async def test_the_page_says_which_host_the_client_has_proven(client: Client, world: World) -> None:
    page = await client.wire("GET", f"/authorize?{client.query()}")
    proven = 'that it comes from <strong translate="no">app.example</strong>'
    assert proven in page.text
    registered = await client.wire.register()
    assert proven not in (await client.wire("GET", f"/authorize?{registered.query()}")).text


@pytest.mark.row("CO-16")
@pytest.mark.parametrize("redirect_uri", ["http://127.0.0.1/cb", "http://localhost/cb", "cursor://anysphere/cb"])
async def test_an_app_on_the_device_is_not_called_verified(wire: Wire, world: World, redirect_uri: str) -> None:
    """Any program there can name the document of a known assistant, and take the answer."""
    url = "https://app.example/c"
    world.publish(url, redirect_uris=[redirect_uri])
    page = await wire("GET", f"/authorize?{Client(wire, url, None, redirect_uri).query()}")
    assert page.status_code == 200
    assert "it comes from" not in page.text
    assert "Not verified" in page.text
    assert 'It says that it is the app of <strong translate="no">app.example</strong>' in page.text


async def test_a_host_of_another_alphabet_is_shown_in_punycode_with_a_warning(wire: Wire, world: World) -> None:
    url, redirect_uri = "https://app.example/c", "https://xn--claud-7ve.example/cb"
    world.publish(url, redirect_uris=[redirect_uri])
    page = await wire("GET", f"/authorize?{Client(wire, url, None, redirect_uri).query()}")
    assert "xn--claud-7ve" in page.text
    assert "Its address has other letters than a to z" in page.text


@pytest.mark.row("CI-01")
@pytest.mark.parametrize(
    "client_id",
    [
        "http://app.example/client.json",
        "https://app.example",
        "https://app.example/",
        "https://app.example/client.json#x",
        "https://user@app.example/client.json",
        "https://app.example/../client.json",
        "https://app.example/%2e%2e/client.json",
        "https://app.example:8443/client.json",
        "https://127.0.0.1/client.json",
        f"https://app.example/{'c' * 500}",
    ],
)
async def test_an_address_that_is_not_in_order_is_refused_unfetched(wire: Wire, world: World, client_id: str) -> None:
    client = Client(wire, client_id, None, REDIRECT_URI)
    assert is_local_page(await wire("GET", f"/authorize?{client.query()}"))
    assert world.fetched == []


@pytest.mark.row("CI-02", "CI-06", "CI-07", "CI-09")
@pytest.mark.parametrize("reason", ["address_not_public", "status_302", "status_404", "too_slow", "no_connection"])
async def test_a_document_that_cannot_be_fetched_is_a_page_of_ours(client: Client, world: World, reason: str) -> None:
    world.documents[URL] = NotFetched(reason)
    page = await client.wire("GET", f"/authorize?{client.query()}")
    assert is_local_page(page)
    assert "app.example" in page.text
    world.publish()
    assert (await client.wire("GET", f"/authorize?{client.query()}")).status_code == 200


@pytest.mark.row("CI-11", "CI-13", "CI-14")
@pytest.mark.parametrize(
    "members",
    [
        {"client_id": "https://evil.example/client.json"},
        {"client_secret": "s"},
        {"token_endpoint_auth_method": "client_secret_post"},
        {"redirect_uris": []},
        {"redirect_uris": ["javascript:alert(1)"]},
    ],
)
async def test_a_document_that_is_not_in_order_is_a_page_of_ours(
    client: Client, world: World, members: dict[str, Any]
) -> None:
    world.publish(**members)
    assert is_local_page(await client.wire("GET", f"/authorize?{client.query()}"))


@pytest.mark.parametrize(
    ("url", "document", "reason", "sentence"),
    [
        (
            URL,
            NotFetched("too_slow"),
            "too_slow",
            "at app.example in which the assistant describes itself could not be",
        ),
        (URL, {}, "the_document_is_not_about_the_client_whose_id_is_its_address", "Its maker has to mend it."),
        ("https://app.example/", {}, "path", "is not one where it can describe itself."),
    ],
    ids=["not fetched", "not in order", "not an address for one"],
)
async def test_the_log_says_why_a_document_was_not_taken_and_the_page_what_can_be_done(
    wire: Wire,
    world: World,
    caplog: pytest.LogCaptureFixture,
    url: str,
    document: Any,
    reason: str,
    sentence: str,
) -> None:
    world.documents[url] = document
    with caplog.at_level("INFO", "mailconnect.audit"):
        page = await wire("GET", f"/authorize?{Client(wire, url, None, REDIRECT_URI).query()}")
    assert is_local_page(page)
    assert sentence in page.text
    assert said(caplog) == [reason]


def said(caplog: pytest.LogCaptureFixture) -> list[str]:
    lines = [json.loads(record.message) for record in caplog.records if record.name == "mailconnect.audit"]
    return [line["reason"] for line in lines if line["event"] == "client_document_refused"]


@pytest.mark.row("CI-14")
async def test_a_redirect_uri_that_is_not_in_the_document_is_refused(client: Client) -> None:
    for uri in ("https://evil.example/cb", f"{REDIRECT_URI}/x", "https://app.example/"):
        assert is_local_page(await client.wire("GET", f"/authorize?{client.query(redirect_uri=uri)}"))


@pytest.mark.row("CI-15")
async def test_a_document_that_changes_while_the_person_reads_is_shown_again(
    client: Client, world: World, window: Window
) -> None:
    form = await window.ask(client.query())
    world.publish(client_name="Your bank")
    answer = await window.decide(form, api_token=API_TOKEN)
    assert answer.status_code == 400
    assert "Your bank" in answer.text
    assert "has just changed" in answer.text
    assert client.wire.bridge.database.read("SELECT * FROM clients", ()) == []
    decided = await window.decide(type(form).of(answer), api_token=API_TOKEN)
    assert "code" in answered(decided)


@pytest.mark.row("CI-15")
async def test_a_code_is_good_for_what_was_consented_to_whatever_the_document_says_then(
    client: Client, world: World
) -> None:
    code = await client.code()
    world.publish(redirect_uris=["https://app.example/elsewhere"])
    fetched = len(world.fetched)
    assert refused(await client.redeem(code, redirect_uri="https://app.example/elsewhere"), "invalid_grant")
    assert (await client.redeem(code)).status_code == 200
    assert len(world.fetched) == fetched


@pytest.mark.row("CI-15")
async def test_a_document_that_was_consented_to_is_kept_from_the_consent_on_however_old_it_was(
    client: Client, world: World
) -> None:
    world.cache_control = "max-age=14400"
    assert (await client.wire("GET", f"/authorize?{client.query()}")).status_code == 200
    client.wire.bridge.clock.now += 3595
    code = await client.code()
    client.wire.bridge.clock.now += 10
    assert (await client.redeem(code)).status_code == 200
    assert world.fetched == [URL]


@pytest.mark.row("CI-15")
async def test_a_client_that_is_kept_as_it_is_is_not_written_at_every_consent(tmp_path: Path, world: World) -> None:
    written: list[Registered] = []

    class Counted(MemoryClients):
        async def remember(self, client: Registered) -> None:
            written.append(client)
            await super().remember(client)

    async with running_bridge(tmp_path, fetch_document=world.fetch, clients=Counted()) as bridge:
        client = Client(Wire(bridge), URL, None, REDIRECT_URI)
        await client.code()
        await client.code()
        assert len(written) == 1
        bridge.clock.now += 1
        await client.tokens()
        assert len(written) == 2
        bridge.clock.now += 1
        await client.code()  # as long as the connection
        assert len(written) == 2


@pytest.mark.row("CI-15")
async def test_a_later_consent_of_one_person_holds_for_the_client(client: Client, world: World) -> None:
    """Its keys may have changed, or the way it authenticates: an old way does not stay open for a thief."""
    tokens = await client.tokens()
    world.publish(grant_types=["authorization_code"])
    await client.code()
    assert refused(await client.refresh(tokens["refresh_token"]), "unauthorized_client")
    world.publish()
    await client.code()
    assert (await client.refresh(tokens["refresh_token"])).status_code == 200


@pytest.mark.row("CI-15")
async def test_an_older_reading_that_is_still_fresh_brings_nothing_back(
    client: Client, world: World, tmp_path: Path
) -> None:
    """Anybody can consent, without a mailbox, at a process that has cached the document for hours."""
    world.cache_control = "max-age=14400"
    tokens = await client.tokens()
    world.publish(grant_types=["authorization_code"])
    async with running_bridge(tmp_path, fetch_document=world.fetch) as other:
        other.clock.now = client.wire.bridge.clock.now = client.wire.bridge.clock.now + 1
        await Client(Wire(other), URL, None, REDIRECT_URI).code()
    assert refused(await client.refresh(tokens["refresh_token"]), "unauthorized_client")
    stranger = Window(client.wire)
    await stranger.decide(await stranger.ask(client.query()), api_token="fmu1-none")
    assert refused(await client.refresh(tokens["refresh_token"]), "unauthorized_client")


@pytest.mark.row("CI-17")
async def test_our_own_address_is_not_fetched(wire: Wire, world: World, tmp_path: Path) -> None:
    folder = tmp_path / "public"
    folder.mkdir()
    public = {"MAILCONNECT_ISSUER": "https://mail.example"}
    async with running_bridge(folder, environment=public, fetch_document=world.fetch) as bridge:
        client = Client(Wire(bridge), "https://mail.example/privacy", None, REDIRECT_URI)
        assert is_local_page(await client.wire("GET", f"/authorize?{client.query()}"))
    own = Client(wire, f"{ISSUER}/privacy", None, REDIRECT_URI)
    assert is_local_page(await wire("GET", f"/authorize?{own.query()}"))
    assert world.fetched == []


@pytest.mark.row("CI-18")
async def test_the_fetches_that_one_address_can_cause_are_bounded(wire: Wire, world: World) -> None:
    def asking(where: Wire, number: int) -> Any:
        client = Client(where, f"https://app.example/{number}.json", None, REDIRECT_URI)
        return where("GET", f"/authorize?{client.query()}")

    stranger, neighbour = Wire(wire.bridge, "198.18.0.1"), Wire(wire.bridge, "198.18.0.2")
    for number in range(10):
        assert is_local_page(await asking(stranger, number))
    refused = await asking(stranger, 10)
    assert is_local_page(refused, 429)
    assert 0 < int(refused.headers["retry-after"]) <= 60
    assert len(world.fetched) == 10
    assert is_local_page(await asking(neighbour, 10))
    wire.bridge.clock.now += 60
    assert is_local_page(await asking(stranger, 11))


@pytest.mark.row("CI-18")
async def test_the_fetches_that_all_callers_together_can_cause_are_bounded(wire: Wire, world: World) -> None:
    for number in range(130):
        client = Client(
            Wire(wire.bridge, f"198.18.1.{number}"), f"https://app.example/{number}.json", None, REDIRECT_URI
        )
        answer = await client.wire("GET", f"/authorize?{client.query()}")
    assert is_local_page(answer, 503)
    assert int(answer.headers["retry-after"]) > 0
    assert len(world.fetched) == 120
    known = await wire.register()
    assert (await wire("GET", f"/authorize?{known.query()}")).status_code == 200


@pytest.mark.row("CI-19")
@pytest.mark.parametrize("path", ["/token", "/revoke"])
async def test_an_unknown_client_at_the_token_and_revocation_endpoints_costs_no_fetch(
    client: Client, world: World, path: str
) -> None:
    form = {"grant_type": "refresh_token", "refresh_token": "x", "token": "x", "client_id": URL}
    assert refused(await client.wire("POST", path, data=form), "invalid_client", 401)
    assert world.fetched == []


@pytest.mark.row("CI-19")
async def test_consent_alone_makes_a_client_known(client: Client, window: Window) -> None:
    await window.ask(client.query())
    await window.decide(await window.ask(client.query()), decision="deny")
    assert client.wire.bridge.database.read("SELECT * FROM clients", ()) == []


async def test_a_client_whose_document_is_fresh_is_fetched_once(client: Client, world: World) -> None:
    world.cache_control = "max-age=60"
    await client.tokens()
    await client.tokens()
    assert world.fetched == [URL]
    client.wire.bridge.clock.now += 60
    await client.tokens()
    assert world.fetched == [URL, URL]


async def test_a_client_that_was_never_connected_is_forgotten_and_one_with_a_connection_is_not(client: Client) -> None:
    bridge = client.wire.bridge
    await client.code()
    bridge.clock.now += 3600
    await bridge.sweep.run()
    assert bridge.database.read("SELECT * FROM clients", ()) == []
    tokens = await client.tokens()
    bridge.clock.now += 89 * 86_400
    await bridge.sweep.run()
    assert (await client.refresh(tokens["refresh_token"])).status_code == 200


@pytest.mark.row("MD-09")
async def test_where_documents_are_switched_off_none_is_advertised_taken_or_fetched(
    tmp_path: Path, world: World
) -> None:
    off = {"MAILCONNECT_CLIENT_ID_METADATA": "off"}
    async with running_bridge(tmp_path, environment=off, fetch_document=world.fetch) as bridge:
        wire = Wire(bridge)
        assert (await wire("GET", SERVER)).json()["client_id_metadata_document_supported"] is False
        client = Client(wire, URL, None, REDIRECT_URI)
        assert is_local_page(await wire("GET", f"/authorize?{client.query()}"))
    assert world.fetched == []


@pytest.mark.row("DP-11")
async def test_an_operator_switches_documents_off_without_a_deployment(
    client: Client, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    bridge = client.wire.bridge
    await SqliteSwitches(bridge.database).turn_on(Switch.NO_METADATA_DOCUMENTS, bridge.clock())
    bridge.clock.now += 60
    with caplog.at_level("INFO", "mailconnect.audit"):
        page = await client.wire("GET", f"/authorize?{client.query()}")
    assert is_local_page(page)
    assert "for now. Try again later." in page.text
    assert said(caplog) == ["switched_off"]
    assert world.fetched == []
    assert "client_id_metadata_document_supported" not in (await client.wire("GET", SERVER)).json()


@pytest.mark.row("AZ-01")
async def test_a_client_id_that_can_be_no_key_of_the_store_is_not_looked_up(tmp_path: Path) -> None:
    asked: list[str] = []

    class Asked(MemoryClients):
        async def get(self, client_id: str, now: int) -> Registered | None:
            asked.append(client_id)
            return await super().get(client_id, now)

    ids = ["", "a", "a" * 512, "a" * 513]
    async with running_bridge(tmp_path, clients=Asked()) as bridge:
        for client_id in ids:
            client = Client(Wire(bridge), client_id, None, REDIRECT_URI)
            assert is_local_page(await client.wire("GET", f"/authorize?{client.query()}"))
    assert asked == ids[1:3]


@pytest.mark.row("MD-02")
async def test_documents_are_advertised_where_they_are_taken(wire: Wire) -> None:
    assert (await wire("GET", SERVER)).json()["client_id_metadata_document_supported"] is True


@pytest.mark.row("MD-09")
async def test_a_connection_outlives_the_switch(client: Client, world: World, tmp_path: Path) -> None:
    tokens = await client.tokens()
    off = {"MAILCONNECT_CLIENT_ID_METADATA": "off"}
    async with running_bridge(tmp_path, environment=off, fetch_document=world.fetch) as bridge:
        again = Client(Wire(bridge), URL, None, REDIRECT_URI)
        assert (await again.refresh(tokens["refresh_token"])).status_code == 200
        assert is_local_page(await again.wire("GET", f"/authorize?{again.query()}"))
