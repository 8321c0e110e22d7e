"""Limits on unauthenticated requests and on the calls of one grant: rows RG-26, MC-31, DP-13 and F-47."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from mailconnect.settings import SettingError, from_environment
from mailconnect.store.counters import Counter
from mailconnect.store.errors import StoreUnavailable
from mailconnect.store.memory import MemoryCounters
from tests.bridge import Bridge, running_bridge
from tests.endpoints.oauth_answers import refused
from tests.endpoints.wire import API_TOKEN, REDIRECT_URI, Client, Window, Wire, answered, is_local_page

pytestmark = pytest.mark.anyio

STRANGER, NEIGHBOUR = "198.18.0.1", "198.18.0.2"
FEW = {"MAILCONNECT_CALLS_PER_DAY": "100"}


class Broken(MemoryCounters):
    async def add(self, counter: Counter, maximum: int) -> int | None:
        raise StoreUnavailable("broken")


@pytest.fixture
def stranger(bridge: Bridge) -> Wire:
    return Wire(bridge, STRANGER)


async def register(wire: Wire, headers: dict[str, str] | None = None) -> httpx.Response:
    document = {"redirect_uris": [REDIRECT_URI], "token_endpoint_auth_method": "none"}
    return await wire("POST", "/register", json=document, headers=headers)


def too_many(answer: httpx.Response, status: int = 429) -> bool:
    assert refused(answer, "temporarily_unavailable", status)
    assert 0 < int(answer.headers["retry-after"]) <= 3600
    assert "www-authenticate" not in answer.headers
    return True


@pytest.mark.row("RG-26")
async def test_the_21st_registration_of_an_hour_from_one_address_waits(stranger: Wire, wire: Wire) -> None:
    client = await stranger.register()
    tokens = await client.tokens()
    for _ in range(19):
        assert (await register(stranger)).status_code == 201
    assert too_many(await register(stranger))
    assert (await register(Wire(wire.bridge, NEIGHBOUR))).status_code == 201
    assert (await client.refresh(tokens["refresh_token"])).status_code == 200  # who is registered is not affected
    wire.bridge.clock.now += 3600
    assert (await register(stranger)).status_code == 201


@pytest.mark.row("RG-26")
async def test_a_document_that_is_refused_does_not_count(stranger: Wire) -> None:
    for _ in range(30):
        assert refused(await stranger("POST", "/register", json={}), "invalid_redirect_uri")
    assert (await register(stranger)).status_code == 201


@pytest.mark.row("RG-26")
async def test_all_addresses_together_meet_a_ceiling(tmp_path: Path) -> None:
    few = {"MAILCONNECT_ALL_REGISTRATIONS_PER_HOUR": "25"}
    async with running_bridge(tmp_path, environment=few) as bridge:
        client = await Wire(bridge).register()
        for number in range(24):
            assert (await register(Wire(bridge, f"198.18.1.{number}"))).status_code == 201
        assert too_many(await register(Wire(bridge, "198.18.1.99")), 503)
        assert (await client.tokens())["access_token"]


@pytest.mark.row("RG-26")
async def test_one_64_of_ipv6_is_one_address(bridge: Bridge) -> None:
    for number in range(20):
        assert (await register(Wire(bridge, f"2001:db8::{number:x}"))).status_code == 201
    assert too_many(await register(Wire(bridge, "2001:db8::ffff:1")))
    assert (await register(Wire(bridge, "2001:db8:0:1::1"))).status_code == 201


@pytest.mark.row("RG-26")
async def test_a_48_of_ipv6_may_eight_times_as_much_as_one_of_its_64(tmp_path: Path) -> None:
    """Anybody can get one: its 65,536 parts must not add up to the limit for all callers together."""
    async with running_bridge(tmp_path, environment={"MAILCONNECT_REGISTRATIONS_PER_HOUR": "2"}) as bridge:
        for number in range(16):
            assert (await register(Wire(bridge, f"2001:db8:0:{number:x}::1"))).status_code == 201
        assert too_many(await register(Wire(bridge, "2001:db8:0:ffff::1")))
        assert (await register(Wire(bridge, "2001:db8:1::1"))).status_code == 201


@pytest.mark.row("RG-26")
async def test_networks_that_many_share_may_more(bridge: Bridge) -> None:
    claude = Wire(bridge, "160.79.104.10")
    for _ in range(60):
        assert (await register(claude)).status_code == 201


@pytest.mark.row("DP-13")
@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "CF-Connecting-IP"])
async def test_no_header_makes_another_address_of_one(stranger: Wire, header: str) -> None:
    for number in range(20):
        assert (await register(stranger, {header: f"203.0.113.{number}"})).status_code == 201
    assert too_many(await register(stranger, {header: "203.0.113.99"}))


@pytest.mark.row("F-47")
async def test_nobody_registers_while_nobody_can_count(tmp_path: Path) -> None:
    async with running_bridge(tmp_path, counters=Broken()) as bridge:
        answer = await register(Wire(bridge, STRANGER))
        assert answer.status_code == 503
        assert int(answer.headers["retry-after"]) > 0
        assert bridge.database.read("SELECT * FROM clients", ()) == []


@pytest.mark.row("F-47")
async def test_calls_go_on_while_nobody_can_count(tmp_path: Path, bridge: Bridge) -> None:
    tokens = await (await Wire(bridge).register()).tokens()
    async with running_bridge(tmp_path, counters=Broken(), environment=FEW) as broken:
        for _ in range(30):
            assert (await Wire(broken).mcp(tokens["access_token"])).status_code == 200


@pytest.mark.row("F-47")
async def test_a_failure_stays_a_failure_while_nobody_can_count(tmp_path: Path) -> None:
    async with running_bridge(tmp_path, counters=Broken()) as bridge:
        unknown = Client(Wire(bridge, STRANGER), "mcp_unknown", None, REDIRECT_URI)
        assert refused(await unknown.refresh("x"), "invalid_client", 401)
        answer = await unknown.wire("GET", "/register/client?client_id=x", headers={"Authorization": "Bearer x"})
        assert refused(answer, "invalid_token", 401)


@pytest.mark.row("MC-31")
async def test_the_61st_call_of_a_minute_waits_and_other_grants_do_not(client: Client) -> None:
    wire, first, second = client.wire, await client.tokens(), await client.tokens()
    for _ in range(60):
        assert (await wire.mcp(first["access_token"])).status_code == 200
    answer = await wire.mcp(first["access_token"])
    assert answer.status_code == 429
    assert 0 < int(answer.headers["retry-after"]) <= 60
    assert answer.headers["cache-control"] == "no-store"
    assert "www-authenticate" not in answer.headers
    document = answer.json()
    assert (document["jsonrpc"], document["id"]) == ("2.0", 1)
    assert not -32768 <= document["error"]["code"] <= -32000
    assert (await wire.mcp(second["access_token"])).status_code == 200
    refreshed = (await client.refresh(first["refresh_token"])).json()
    assert (await wire.mcp(refreshed["access_token"])).status_code == 429  # it is the grant that is counted
    wire.bridge.clock.now += 60
    assert (await wire.mcp(first["access_token"])).status_code == 200


@pytest.fixture
async def seldom(tmp_path: Path) -> AsyncIterator[Client]:
    """A client whose grants may be refreshed twenty times an hour."""
    async with running_bridge(tmp_path / "seldom", environment={"MAILCONNECT_REFRESHES_PER_HOUR": "20"}) as bridge:
        yield await Wire(bridge).register()


async def test_the_refreshes_of_a_grant_have_a_limit_that_costs_nobody_a_connection(seldom: Client) -> None:
    tokens, other = await seldom.tokens(), await seldom.tokens()
    for _ in range(20):
        answer = await seldom.refresh(tokens["refresh_token"])
        tokens = answer.json()
    waiting = await seldom.refresh(tokens["refresh_token"])
    assert too_many(waiting)
    assert waiting.headers["cache-control"] == "no-store"
    assert (await seldom.wire.mcp(tokens["access_token"])).status_code == 200
    assert (await seldom.refresh(other["refresh_token"])).status_code == 200
    seldom.wire.bridge.clock.now += int(waiting.headers["retry-after"])
    assert (await seldom.refresh(tokens["refresh_token"])).status_code == 200


async def test_refreshes_at_once_all_pass_by_default(client: Client) -> None:
    """As an SDK's that finds in ten places at once that its token has expired, each hour of a day."""
    tokens = await client.tokens()
    for _ in range(24):
        answers = await asyncio.gather(*(client.refresh(tokens["refresh_token"]) for _ in range(10)))
        assert {answer.status_code for answer in answers} == {200}
        tokens = answers[0].json()


async def test_a_stranger_without_a_grants_refresh_token_uses_up_none_of_its_refreshes(seldom: Client) -> None:
    tokens = await seldom.tokens()
    forged = tokens["refresh_token"][:26] + "A" * len(tokens["refresh_token"][26:])
    for _ in range(30):
        assert refused(await seldom.refresh(forged), "invalid_grant")
    assert (await seldom.refresh(tokens["refresh_token"])).status_code == 200


async def test_giving_tokens_back_has_no_limit(seldom: Client) -> None:
    tokens = await seldom.tokens()
    for _ in range(20):
        tokens = (await seldom.refresh(tokens["refresh_token"])).json()
    assert too_many(await seldom.refresh(tokens["refresh_token"]))
    form = {"client_id": seldom.id, "token": tokens["refresh_token"]}
    for _ in range(30):
        assert (await seldom.wire("POST", "/revoke", data=form)).status_code == 200
    assert (await seldom.wire.mcp(tokens["access_token"])).status_code == 401


@pytest.mark.row("F-47")
async def test_refreshes_go_on_while_nobody_can_count(tmp_path: Path) -> None:
    few = {"MAILCONNECT_REFRESHES_PER_HOUR": "50"}
    async with running_bridge(tmp_path, environment=few) as bridge:
        client = await Wire(bridge).register()
        tokens = await client.tokens()
    async with running_bridge(tmp_path, environment=few, counters=Broken()) as broken:
        again = Client(Wire(broken), client.id, None, client.redirect_uri)
        for _ in range(30):
            answer = await again.refresh(tokens["refresh_token"])
            assert answer.status_code == 200
            tokens = answer.json()


@pytest.mark.row("MC-31")
@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"id": null}', b'{"id": true}', b'{"id": {}}'])
async def test_a_request_without_an_id_that_can_be_read_is_answered_under_none(client: Client, body: bytes) -> None:
    tokens = await client.tokens()
    for _ in range(60):
        await client.wire.mcp(tokens["access_token"])
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    answer = await client.wire("POST", "/mcp", content=body, headers=headers)
    assert (answer.status_code, answer.json()["id"]) == (429, None)


@pytest.mark.row("MC-31")
async def test_a_day_has_its_limit_too(tmp_path: Path) -> None:
    async with running_bridge(tmp_path, environment=FEW) as bridge:
        bridge.clock.now -= bridge.clock.now % 86_400
        client = await Wire(bridge).register()
        tokens = await client.tokens()
        for number in range(100):
            bridge.clock.now += 2
            assert (await client.wire.mcp(tokens["access_token"])).status_code == 200, number
        answer = await client.wire.mcp(tokens["access_token"])
        assert answer.status_code == 429
        assert int(answer.headers["retry-after"]) > 80_000


@pytest.mark.row("MC-31")
async def test_a_token_that_is_not_good_counts_for_nobody(client: Client) -> None:
    tokens = await client.tokens()
    forged = tokens["access_token"][:-1] + ("0" if tokens["access_token"][-1] != "0" else "1")
    for _ in range(70):
        assert (await client.wire.mcp(forged)).status_code == 401
    assert (await client.wire.mcp(tokens["access_token"])).status_code == 200


async def test_a_few_calls_write_nothing(client: Client) -> None:
    """The hot path is one read (design): the store hears of every sixth call of a minute."""
    tokens = await client.tokens()
    for _ in range(5):
        await client.wire.mcp(tokens["access_token"])
    counted = "SELECT count FROM counters WHERE key LIKE 'limit:calls%'"
    assert client.wire.bridge.database.read(counted, ()) == []
    await client.wire.mcp(tokens["access_token"])
    assert client.wire.bridge.database.read(counted, ()) == [(6,)]


async def test_failures_to_authenticate_end_in_429_and_never_touch_who_is_in_order(stranger: Wire) -> None:
    client = await stranger.register(token_endpoint_auth_method="client_secret_post")
    tokens = await client.tokens()
    wrong = Client(stranger, client.id, "wrong", REDIRECT_URI)
    for _ in range(60):
        assert refused(await wrong.refresh(tokens["refresh_token"]), "invalid_client", 401)
    assert too_many(await wrong.refresh(tokens["refresh_token"]))
    assert too_many(await wrong.revoke(tokens["refresh_token"]))
    assert (await client.refresh(tokens["refresh_token"])).status_code == 200
    elsewhere = Client(Wire(stranger.bridge, NEIGHBOUR), client.id, "wrong", REDIRECT_URI)
    assert refused(await elsewhere.refresh(tokens["refresh_token"]), "invalid_client", 401)


async def test_decisions_are_limited_and_the_page_says_so(tmp_path: Path) -> None:
    few = {"MAILCONNECT_DECISIONS_PER_HOUR": "2"}
    async with running_bridge(tmp_path, environment=few) as bridge:
        client = await Wire(bridge).register()
        stranger = Window(Wire(bridge, STRANGER))
        for _ in range(2):
            assert "code" in answered(await stranger.approve(client.query(), api_token=API_TOKEN))
        answer = await stranger.approve(client.query(), api_token=API_TOKEN)
        assert is_local_page(answer, 429)
        assert int(answer.headers["retry-after"]) > 0
        neighbour = Window(Wire(bridge, NEIGHBOUR))
        assert "code" in answered(await neighbour.approve(client.query(), api_token=API_TOKEN))


async def test_a_refusal_is_a_decision_and_nobody_fills_the_history_with_them(stranger: Wire) -> None:
    client, window = await stranger.register(), Window(stranger)
    for _ in range(60):
        denied = await window.decide(await window.ask(client.query()), decision="deny")
        assert answered(denied)["error"] == "access_denied"
    assert is_local_page(await window.decide(await window.ask(client.query()), decision="deny"), 429)
    assert len(stranger.bridge.database.read("SELECT * FROM audit", ())) == 60
    neighbour = Window(Wire(stranger.bridge, NEIGHBOUR))
    denied = await neighbour.decide(await neighbour.ask(client.query()), decision="deny")
    assert answered(denied)["error"] == "access_denied"


async def test_no_address_is_stored(stranger: Wire) -> None:
    await stranger.register()
    rows = stranger.bridge.database.read("SELECT * FROM counters", ())
    assert rows
    assert "198.18" not in str(rows)


async def test_old_counters_are_swept_away(stranger: Wire) -> None:
    await stranger.register()
    stranger.bridge.clock.now += 3600
    await stranger.bridge.sweep.run()
    assert stranger.bridge.database.read("SELECT * FROM counters", ()) == []


@pytest.fixture
async def unlimited(tmp_path: Path, anyio_backend: str) -> AsyncIterator[Wire]:
    async with running_bridge(tmp_path, environment={"MAILCONNECT_LIMITS": "off"}, counters=Broken()) as bridge:
        yield Wire(bridge, STRANGER)


async def test_for_tests_on_one_machine_limits_are_switched_off(unlimited: Wire) -> None:
    for _ in range(25):
        client = await unlimited.register()
    tokens: dict[str, Any] = await client.tokens()
    for _ in range(70):
        assert (await unlimited.mcp(tokens["access_token"])).status_code == 200


def test_limits_cannot_be_switched_off_where_others_come() -> None:
    with pytest.raises(SettingError, match="LIMITS is off"):
        from_environment({"MAILCONNECT_LIMITS": "off", "MAILCONNECT_ISSUER": "https://mail.example.com"})
    for issuer in ("http://localhost:1", "http://[::1]:1", "https://127.0.0.1:1"):
        assert not from_environment({"MAILCONNECT_LIMITS": "off", "MAILCONNECT_ISSUER": issuer}).limits


@pytest.mark.parametrize("name", ["SHARED_NETWORKS", "TRUSTED_PROXIES"])
@pytest.mark.parametrize("value", ["x", "192.0.2.1/24", "192.0.2.0/33", "*"])
def test_a_text_that_is_no_network_is_refused(name: str, value: str) -> None:
    with pytest.raises(SettingError, match=name):
        from_environment({f"MAILCONNECT_{name}": value})
