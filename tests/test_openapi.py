"""docs/openapi.yaml says what the program does: every route, every method, and every answer with its body."""

import json
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.routing import Route

from mailconnect.client_documents.fetched import Fetched, NotFetched
from mailconnect.composition.mcp import mcp_routes
from mailconnect.composition.oauth import oauth_routes
from mailconnect.composition.web import web_routes
from mailconnect.oauth.clients.id_url import DocumentUrl
from mailconnect.version import VERSION
from tests.approvals.waiting import NEW, Owner, Waiting, path_of
from tests.bridge import Bridge, running_bridge
from tests.endpoints.test_unavailable import Unavailable
from tests.endpoints.visitor import Visitor
from tests.endpoints.wire import API_TOKEN, REDIRECT_URI, Client, Window, Wire
from tests.garbage import ENDPOINTS, Garbage
from tests.openapi import Description
from tests.raw_requests import SEED, UNLIMITED, Target, ask, hostile_target

pytestmark = pytest.mark.anyio

DESCRIPTION = Description.read()
PER_ENDPOINT = 60
ONE_EACH = {
    f"MAILCONNECT_{name}": "1"
    for name in (
        "REGISTRATIONS_PER_HOUR",
        "FETCHES_PER_MINUTE",
        "DECISIONS_PER_HOUR",
        "FAILURES_PER_HOUR",
        "CALLS_PER_MINUTE",
    )
}


def read(headers: Mapping[str, str], body: bytes) -> Any:
    return json.loads(body) if headers.get("content-type", "").startswith("application/json") else body.decode()


def methods(routes: list[Route]) -> set[tuple[str, str]]:
    return {(route.path, method) for route in routes for method in route.methods or () if method != "HEAD"}


def test_it_is_of_this_version() -> None:
    assert VERSION.startswith(DESCRIPTION.document["info"]["version"])


def test_every_route_for_machines_and_every_form_is_described_and_nothing_else(bridge: Bridge) -> None:
    machines = methods([*oauth_routes(bridge.adapters.stores), *mcp_routes(bridge.adapters)])
    people = methods(web_routes(bridge.adapters, sealer=bridge.keys, owners=bridge.keys))
    described = {(path, method) for path, method, _ in DESCRIPTION.operations()}
    assert machines <= described
    assert described <= machines | people
    assert {path for path, method in people if method == "POST"} <= {path for path, _ in described}


@pytest.fixture
async def target(tmp_path: Path, anyio_backend: str) -> AsyncIterator[Target]:
    async with hostile_target(tmp_path) as prepared:
        yield prepared


@pytest.mark.parametrize("path", ENDPOINTS)
async def test_any_request_has_a_response_as_described(target: Target, path: str) -> None:
    garbage = Garbage(f"{SEED} described {path}", target.live, target.cookies)
    for _ in range(PER_ENDPOINT):
        given = garbage.draw(path)
        answer = await ask(target.bridge, given)
        if given.path == path and path in DESCRIPTION.document["paths"]:
            value = read(answer.headers, answer.body)
            fault = DESCRIPTION.fault(path, given.method, answer.status, answer.headers, value)
            assert fault is None, (fault, given, answer)


class Witness(Wire):
    """Notes what was answered, and compares it with the description."""

    def __init__(self, bridge: Bridge, seen: set[tuple[str, str, int]], address: str = "127.0.0.1") -> None:
        super().__init__(bridge, address)
        self.seen = seen

    async def __call__(self, method: str, path: str, **options: Any) -> httpx.Response:
        answer = await super().__call__(method, path, **options)
        route = path.partition("?")[0]
        value = read(answer.headers, answer.content)
        fault = DESCRIPTION.fault(route, method, answer.status_code, answer.headers, value)
        assert fault is None, (fault, method, path, answer.text)
        self.seen.add((route, method, answer.status_code))
        return answer


async def test_every_answer_that_is_described_can_be_had(tmp_path: Path) -> None:
    seen: set[tuple[str, str, int]] = set()
    async with running_bridge(tmp_path / "one", environment=UNLIMITED) as bridge:
        wire = Witness(bridge, seen)
        for path, method, _ in DESCRIPTION.operations():
            await wire(method, f"{path}?{'a' * 9000}")
            await wire(method, path, headers={"X-Long": "a" * 33_000})
        for path in DESCRIPTION.document["paths"]:
            await wire("OPTIONS", path)
            await wire("GET", path)
            for kind in ("application/json", "application/x-www-form-urlencoded"):
                for body in (b"", b"a" * 300_000):
                    await wire("POST", path, content=body, headers={"Content-Type": kind, "Origin": wire.issuer})
            await wire("POST", path, headers={"Host": "elsewhere.example"})
            await wire("GET", path, headers={"Host": "elsewhere.example"})
        for path in ("/mcp", "/mcp/"):
            for method in ("GET", "POST", "DELETE", "OPTIONS"):
                for headers in (
                    {"Host": "elsewhere.example"},
                    {"Origin": "https://x.example"},
                    {"Authorization": "Bearer x"},
                ):
                    await wire(method, path, headers=headers)
                    await wire(method, path)
        await a_whole_connection(wire)
        await what_is_refused(wire)
        await an_approval(wire)
        await an_account(wire)
        await a_registration(wire)
    for name in ("clients", "grants", "ledger", "approvals"):
        async with running_bridge(tmp_path / name, **{name: Unavailable()}) as bridge:
            await without_a_store(Witness(bridge, seen))
    async with running_bridge(tmp_path / "limited", environment=ONE_EACH, fetch_document=nothing_there) as bridge:
        await beyond_the_limits(Witness(bridge, seen, "192.0.2.1"))
    assert DESCRIPTION.statuses() - seen == set()


async def nothing_there(_: DocumentUrl) -> Fetched:
    raise NotFetched("name_unknown")


async def beyond_the_limits(wire: Witness) -> None:
    """Each thing twice where once is all that is allowed."""
    stranger = Client(wire, "mcp_x", None, REDIRECT_URI)
    client = await wire.register()
    assert (await wire("POST", "/register", json={"redirect_uris": [REDIRECT_URI]})).status_code == 429
    tokens = await client.tokens()
    assert (await Window(wire).approve(client.query())).status_code == 429
    assert (await Visitor(wire).begin()).status_code == 429
    assert (await wire("POST", "/approve", data={"link": "x"})).status_code == 429
    assert [(await wire.mcp(tokens["access_token"])).status_code for _ in range(2)] == [200, 429]
    for _ in range(2):
        await stranger.redeem("mcc_x")
        await stranger.revoke("mcc_x")
        await wire("GET", f"/authorize?{client.query(client_id='https://app.example/one.json')}")
    for method in ("GET", "PUT", "DELETE"):
        assert (await wire(method, "/register/client?client_id=mcp_x")).status_code == 429


async def a_registration(wire: Witness) -> None:
    given = (await wire("POST", "/register", json={"redirect_uris": [REDIRECT_URI]})).json()
    at = given["registration_client_uri"].removeprefix(wire.issuer)
    token = {"Authorization": f"Bearer {given['registration_access_token']}"}
    await wire("GET", at, headers=token)
    await wire("PUT", at, headers=token, json={"redirect_uris": []})
    await wire("PUT", at, headers=token | {"Content-Type": "application/json"}, content=b"a" * 300_000)
    document = {"client_id": given["client_id"], "redirect_uris": [REDIRECT_URI]}
    token = {"Authorization": f"Bearer {(await changed(wire, at, token, document))}"}
    await wire("DELETE", at, headers=token)
    for method in ("GET", "PUT", "DELETE"):
        assert (await wire(method, at, headers=token)).status_code == 401


async def changed(wire: Witness, at: str, token: dict[str, str], document: dict[str, Any]) -> str:
    answer = await wire("PUT", at, headers=token, json=document)
    assert answer.status_code == 200, answer.text
    renewed: str = answer.json()["registration_access_token"]
    return renewed


async def a_whole_connection(wire: Witness) -> None:
    client = await wire.register()
    window = Window(wire)
    await window.decide(await window.ask(client.query()), api_token="not one")
    await window.connect(client.query())
    tokens = await client.tokens()
    assert (await wire.mcp(tokens["access_token"])).status_code == 200
    message = {"jsonrpc": "2.0", "method": "notifications/initialized"}
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    assert (await wire("POST", "/mcp", json=message, headers=bearer)).status_code == 202
    about = {"io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": {}}
    modern = {"jsonrpc": "2.0", "id": 1, "method": "x/y", "params": {"_meta": about}}
    headers = bearer | {"MCP-Protocol-Version": "2026-07-28", "Mcp-Method": "x/y"}
    assert (await wire("POST", "/mcp", json=modern, headers=headers)).status_code == 404
    assert (await wire("POST", "/mcp", content=b"{", headers=bearer)).status_code == 400
    assert (await wire("POST", "/mcp", content=b"a" * 300_000, headers=bearer)).status_code == 413
    assert (await client.refresh(tokens["refresh_token"])).status_code == 200
    assert (await client.revoke(tokens["refresh_token"])).status_code == 200


async def what_is_refused(wire: Witness) -> None:
    client, window = await wire.register(), Window(wire)
    form = await window.ask(client.query())
    await window.decide(form, {"Origin": "https://evil.example"})
    began = await window.sign_in(await window.decide(form))
    await Window(wire).send("GET", began)
    await wire("GET", f"/authorize?{client.query(response_type='token')}")
    await client.token("password")
    await Client(wire, "mcp_x", None, REDIRECT_URI).redeem("mcc_x")
    await Client(wire, "mcp_x", None, REDIRECT_URI).revoke("mcc_x")
    assert (await wire("POST", "/mcp", headers={"Origin": "https://evil.example"})).status_code == 403


async def an_account(wire: Witness) -> None:
    for path, method, _ in DESCRIPTION.operations():
        if path.startswith("/account") and method == "POST":
            await wire("POST", path, data={"form": "x"}, headers={"Origin": "https://evil.example"})
            await wire("POST", path, data={"form": "x"})
    await (await wire.register()).tokens()
    visitor = Visitor(wire)
    # After the end of all, one connection is left, whose card is open: of many, a card is opened by a link.
    for action in ("disconnect", "disconnect-all", "change", "sign-out"):
        await (await wire.register()).tokens()
        await visitor.begin(api_token=API_TOKEN)
        await (visitor.change("session:read") if action == "change" else visitor.press(f"/account/{action}"))
        await (await wire.register()).tokens()
    await visitor.begin(api_token=API_TOKEN)
    for deed in ("disconnect-all", "", f"disconnect&connection={'0' * 22}"):
        await visitor.page(f"/account/again?deed={deed}")
    for _ in range(6):
        await visitor.press("/account/export")
    await visitor.sign_in()
    [button] = await visitor.buttons("/account/delete")
    cookies = dict(visitor.window.cookies)
    await visitor.send(button)
    visitor.window.cookies = cookies
    assert (await visitor.send(button)).status_code == 200


async def an_approval(wire: Witness) -> None:
    """Each response to a press: by another person, without a sign-in, without the tick, for another text, too late, and
    right.
    """
    waiting = await Waiting.connected(wire.bridge)
    draft = await waiting.draft(NEW)
    owner = Owner(Visitor(wire))
    path = await owner.sign_in(path_of(await waiting.ask(draft)))
    button = await owner.button(path, "send")
    for changed in ({"link": "x"}, {"form": "x"}, {}, {"know": "yes", "digest": "x"}):
        await owner.pressed(button, **changed)
    await Owner(Visitor(wire)).pressed(button)
    assert await waiting.mail.remove_draft(draft.id)
    assert (await owner.pressed(button)).status_code == 410
    await owner.page(path)
    other = Owner(Visitor(wire))
    await other.visitor.sign_in("bob")
    await other.page(path)
    await wire("POST", "/account/browsers", data={"form": "x"}, headers={"Origin": "https://evil.example"})
    await waiting.assistant.revoke()


async def without_a_store(wire: Witness) -> None:
    client = Client(wire, "mcp_x", None, REDIRECT_URI)
    await wire("GET", f"/authorize?{client.query()}")
    await client.redeem("mcc_" + "0" * 65)
    await client.revoke("x")
    for method in ("GET", "PUT", "DELETE"):
        await wire(method, "/register/client?client_id=mcp_x", headers={"Authorization": "Bearer x"})
    await wire.mcp("mca_" + "0" * 65)
    await wire("GET", "/auth/callback?state=x&code=y")
    session = {"Cookie": f"mailconnect-session={'A' * 43}"}
    text = f"{'1' * 22}{'2' * 22}{'3' * 43}"
    await wire("POST", "/approve", data={"form": "x", "link": text}, headers=session)
    await wire("GET", f"/approve?link={text}")
    for action in ("sign-out", "change", "disconnect", "disconnect-all", "export", "delete", "browsers"):
        await wire("POST", f"/account/{action}", data={"form": "x"}, headers=session)
    for path in ("/account", "/account/again?deed=disconnect-all", "/account/delete"):
        await wire("GET", path, headers=session)
    await Visitor(wire).begin(api_token=API_TOKEN)
    answer = await wire("POST", "/register", json={"redirect_uris": [REDIRECT_URI]})
    if answer.status_code == 201:
        client = Client(wire, answer.json()["client_id"], answer.json()["client_secret"], REDIRECT_URI)
        await Window(wire).approve(client.query())
