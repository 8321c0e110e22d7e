"""While the store or the keys do not answer, no request is let in, no token is called invalid, and nothing is lost
(rows F).
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from mailconnect.composition.edge import application
from mailconnect.composition.mcp import mcp_routes
from mailconnect.composition.oauth import oauth_routes
from mailconnect.composition.web import web_routes
from mailconnect.grants.update import Update
from mailconnect.keys.port import KeyUnavailable
from mailconnect.store.errors import StoreUnavailable
from mailconnect.store.ledger import Entry
from mailconnect.store.memory import MemoryClients, MemoryGrants, MemoryLedger
from tests.bridge import Bridge, running_bridge
from tests.endpoints.wire import API_TOKEN, REDIRECT_URI, Client, Window, Wire, answered, is_local_page

pytestmark = pytest.mark.anyio


class Unavailable:
    """Every method of a store that does not answer."""

    def __getattr__(self, name: str) -> Callable[..., Any]:
        async def fail(*_: Any, **__: Any) -> Any:
            raise StoreUnavailable("canary")

        return fail


def unavailable(answer: httpx.Response) -> bool:
    assert answer.status_code == 503, answer.text
    assert int(answer.headers["retry-after"]) > 0
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["access-control-allow-origin"] == "*"  # a client in a browser must see when to come again
    assert "canary" not in answer.text
    assert answer.json() == {"error": "temporarily_unavailable"}
    return True


def unavailable_page(answer: httpx.Response) -> bool:
    """The same, for a person."""
    assert is_local_page(answer, 503)
    assert int(answer.headers["retry-after"]) > 0
    assert "canary" not in answer.text
    assert "Try again in a minute." in answer.text
    return True


@pytest.mark.row("F-21")
async def test_without_the_clients_nobody_is_refused_and_nobody_let_in(tmp_path: Path) -> None:
    async with running_bridge(tmp_path, clients=Unavailable()) as bridge:
        wire = Wire(bridge)
        client = Client(wire, "mcp_x", None, REDIRECT_URI)
        assert unavailable(await wire("POST", "/register", json={"redirect_uris": [REDIRECT_URI]}))
        assert unavailable_page(await wire("GET", f"/authorize?{client.query()}"))
        assert unavailable(await client.redeem("mcc_" + "0" * 65))
        assert unavailable(await client.revoke("x"))


@pytest.mark.row("F-21")
async def test_without_the_grants_no_token_is_called_bad(tmp_path: Path) -> None:
    async with running_bridge(tmp_path, grants=Unavailable()) as bridge:
        wire = Wire(bridge)
        client = await wire.register()
        assert unavailable(await client.redeem("mcc_" + "0" * 65))
        assert unavailable(await client.refresh("mcr_" + "0" * 87))
        assert unavailable(await client.revoke("mcr_" + "0" * 87))
        assert unavailable(await wire.mcp("mca_" + "0" * 65))


@pytest.mark.row("F-21")
async def test_a_code_survives_a_store_that_could_not_write(tmp_path: Path) -> None:
    class Once(MemoryGrants):
        down = False

        async def update(self, grant_id: str, update: Update) -> bool:
            if self.down:
                raise StoreUnavailable("canary")
            return await super().update(grant_id, update)

    grants = Once()
    async with running_bridge(tmp_path, grants=grants) as bridge:
        client = await Wire(bridge).register()
        code = await client.code()
        grants.down = True
        assert unavailable(await client.redeem(code))
        grants.down = False
        tokens = (await client.redeem(code)).json()
        grants.down = True
        assert unavailable(await client.refresh(tokens["refresh_token"]))
        assert (await client.wire.mcp(tokens["access_token"])).status_code == 200
        grants.down = False
        assert (await client.refresh(tokens["refresh_token"])).status_code == 200


@pytest.mark.row("F-21")
async def test_a_code_that_was_redeemed_reaches_the_client_though_its_registration_is_not_prolonged(
    tmp_path: Path,
) -> None:
    class Registered(MemoryClients):
        async def keep_until(self, client_id: str, expires_at: int) -> None:
            raise StoreUnavailable("canary")

    async with running_bridge(tmp_path, clients=Registered()) as bridge:
        client = await Wire(bridge).register()
        assert (await client.redeem(await client.code())).status_code == 200


@pytest.mark.row("F-21")
async def test_without_the_ledger_nothing_begins(tmp_path: Path) -> None:
    async with running_bridge(tmp_path, ledger=Unavailable()) as bridge:
        wire = Wire(bridge)
        client, window = await wire.register(), Window(wire)
        assert unavailable_page(await window.approve(client.query()))
        assert unavailable_page(await window.approve(client.query(), api_token=API_TOKEN))
        assert unavailable_page(await window.send("GET", "/auth/callback?state=x&code=y"))
        assert not bridge.database.read("SELECT id FROM grants", ())


class LosingLedger(MemoryLedger):
    lost = ""

    async def get(self, key: str, now: int) -> Entry | None:
        self._answer("get")
        return await super().get(key, now)

    async def put(self, entry: Entry, now: int) -> None:
        self._answer("put")
        await super().put(entry, now)

    async def take(self, key: str, now: int) -> Entry | None:
        self._answer("take")
        return await super().take(key, now)

    def _answer(self, method: str) -> None:
        if method == self.lost:
            raise StoreUnavailable("canary")


@pytest.mark.row("F-21")
@pytest.mark.parametrize(("lost", "afterwards", "asked"), [("get", 303, 1), ("take", 303, 1), ("put", 400, 0)])
async def test_a_callback_that_the_ledger_fails_uses_no_code(
    tmp_path: Path, lost: str, afterwards: int, asked: int
) -> None:
    ledger = LosingLedger()
    async with running_bridge(tmp_path, ledger=ledger) as bridge:
        wire = Wire(bridge)
        client, window = await wire.register(), Window(wire)
        callback = await window.sign_in(await window.approve(client.query()))
        ledger.lost = lost
        assert unavailable_page(await window.send("GET", callback))
        assert bridge.sandbox.counters.requests["token.code"] == 0
        ledger.lost = ""
        assert (await window.send("GET", callback)).status_code == afterwards
        assert bridge.sandbox.counters.requests["token.code"] == asked


class NoKey:
    async def seal_data_key(self, data_key: bytes, grant_id: str) -> bytes:
        raise KeyUnavailable("canary")

    async def owner(self, provider: str, username: str) -> str:
        raise KeyUnavailable("canary")


@pytest.mark.row("F-34")
@pytest.mark.parametrize("missing", ["sealer", "owners"])
async def test_without_the_key_no_grant_is_made_and_what_there_is_goes_on(bridge: Bridge, missing: str) -> None:
    client = await Wire(bridge).register()
    tokens = await client.tokens()
    keys: dict[str, Any] = {"sealer": bridge.keys, "owners": bridge.keys} | {missing: NoKey()}
    routes = [*oauth_routes(bridge.adapters.stores), *web_routes(bridge.adapters, **keys), *mcp_routes(bridge.adapters)]
    wire = Wire(replace(bridge, app=application(routes, bridge.adapters.stores.settings)))
    answer = await Window(wire).connect(client.query())
    assert answered(answer)["error"] == "temporarily_unavailable"
    assert bridge.sandbox.state.counted()["revocations"] == 1
    assert len(bridge.database.read("SELECT id FROM grants", ())) == 1
    assert (await wire.mcp(tokens["access_token"], "tools/call", name="list_mailboxes")).status_code == 200
