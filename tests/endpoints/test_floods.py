"""Floods that lock nobody out: rows FL-01, FL-03 and FL-05 to FL-08. Connections are in tests/local."""

import asyncio
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from mailconnect.composition import limits
from mailconnect.endpoints.limits.limiter import Limit
from mailconnect.endpoints.limits.newcomers import is_newcomer
from mailconnect.endpoints.oauth.signatures import Signatures
from mailconnect.oauth.clients import assertion as client_assertion
from mailconnect.oauth.errors import TemporarilyUnavailable
from tests.bridge import Bridge, running_bridge
from tests.endpoints.limits.test_limits import register, too_many
from tests.endpoints.oauth.test_private_key_jwt import SIGNS, proof
from tests.endpoints.oauth_answers import refused
from tests.endpoints.visitor import Visitor
from tests.endpoints.wire import API_TOKEN, REDIRECT_URI, Client, Window, Wire, answered
from tests.oauth.signing import key, key_set

pytestmark = pytest.mark.anyio

STRANGER, NEIGHBOUR = "198.18.0.1", "203.0.113.1"
FIFTY = [f"198.18.1.{number}" for number in range(50)]
FEW = {
    "MAILCONNECT_DECISIONS_PER_HOUR": "3",
    "MAILCONNECT_ALL_DECISIONS_PER_HOUR": "120",
    "MAILCONNECT_REGISTRATIONS_PER_HOUR": "3",
    "MAILCONNECT_ALL_REGISTRATIONS_PER_HOUR": "120",
    "MAILCONNECT_FAILURES_PER_HOUR": "3",
    "MAILCONNECT_ALL_FAILURES_PER_HOUR": "120",
}


@pytest.fixture
async def few(tmp_path: Path, anyio_backend: str) -> AsyncIterator[Bridge]:
    async with running_bridge(tmp_path, environment=FEW) as bridge:
        yield bridge


@pytest.mark.row("FL-01")
async def test_no_signature_is_verified_on_the_event_loops_thread(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    threads: set[int] = set()
    verified = client_assertion.verify_signature

    def noted(*arguments: Any) -> None:
        threads.add(threading.get_ident())
        verified(*arguments)

    monkeypatch.setattr(client_assertion, "verify_signature", noted)
    client = await wire.register(**SIGNS, jwks=key_set(key("ES256")))
    for _ in range(3):
        assert refused(await client.refresh("x", **proof(client, signer=key("ES256", 1))), "invalid_client", 401)
    assert len(threads) == 1
    assert threading.get_ident() not in threads


@pytest.mark.row("FL-01")
async def test_more_signatures_than_can_be_verified_soon_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    begin, signatures = threading.Event(), Signatures()

    def slow(*_: Any) -> None:
        begin.wait(10)

    monkeypatch.setattr(client_assertion, "verify_signature", slow)
    assertion: Any = None
    waiting = [asyncio.create_task(signatures.verify(assertion, {})) for _ in range(100)]
    await asyncio.sleep(0)
    with pytest.raises(TemporarilyUnavailable):
        await signatures.verify(assertion, {})
    begin.set()
    await asyncio.gather(*waiting)
    await signatures.verify(assertion, {})


@pytest.mark.row("FL-03")
async def test_from_the_limit_on_no_signature_of_an_address_is_verified(
    few: Bridge, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = await Wire(few).register(**SIGNS, jwks=key_set(key("ES256")))
    stranger = Client(Wire(few, STRANGER), client.id, None, REDIRECT_URI)
    forged = {"signer": key("ES256", 1)}
    for _ in range(3):
        assert refused(await stranger.refresh("x", **proof(stranger, **forged)), "invalid_client", 401)

    def never(*_: Any) -> None:
        raise AssertionError("a signature was verified")

    with monkeypatch.context() as patched:
        patched.setattr(client_assertion, "verify_signature", never)
        assert too_many(await stranger.refresh("x", **proof(stranger, **forged)))
        assert too_many(await stranger.refresh("x", **proof(stranger)))
    elsewhere = Client(Wire(few, NEIGHBOUR), client.id, None, REDIRECT_URI)
    assert refused(await elsewhere.refresh("x", **proof(elsewhere)), "invalid_grant")
    few.clock.now += 3600
    assert refused(await stranger.refresh("x", **proof(stranger)), "invalid_grant")


@pytest.mark.row("FL-03")
async def test_no_more_signatures_are_verified_at_once_than_may_fail(few: Bridge) -> None:
    client = await Wire(few).register(**SIGNS, jwks=key_set(key("ES256")))
    stranger = Client(Wire(few, STRANGER), client.id, None, REDIRECT_URI)
    attempts = [stranger.refresh("x", **proof(stranger, signer=key("ES256", 1))) for _ in range(10)]
    answers = [answer.status_code for answer in await asyncio.gather(*attempts)]
    assert sorted(answers) == [401] * 3 + [429] * 7


@pytest.mark.row("FL-05")
async def test_the_valid_assertions_of_a_client_have_a_limit_and_other_clients_do_not_notice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each is remembered in the ledger until it has expired."""
    assert limits._ASSERTIONS_PER_MINUTE == 600
    monkeypatch.setattr(limits, "_ASSERTIONS_PER_MINUTE", 5)
    async with running_bridge(tmp_path) as bridge:
        wire = Wire(bridge)
        client, other = [await wire.register(**SIGNS, jwks=key_set(key("ES256"))) for _ in range(2)]
        for _ in range(5):
            assert refused(await client.refresh("x", **proof(client)), "invalid_grant")
        kept = len(bridge.database.read("SELECT key FROM ledger", ()))
        assert too_many(await client.refresh("x", **proof(client)))
        forged = await client.refresh("x", **proof(client, signer=key("ES256", 1)))
        assert refused(forged, "invalid_client", 401)  # a caller without a key uses up nothing
        assert len(bridge.database.read("SELECT key FROM ledger", ())) == kept
        assert refused(await other.refresh("x", **proof(other)), "invalid_grant")
        bridge.clock.now += 60
        assert refused(await client.refresh("x", **proof(client)), "invalid_grant")


async def spend(bridge: Bridge, what: str, address: str) -> int:
    """One unauthenticated request to any of the processes; its status."""
    wire = Wire(bridge, address)
    match what:
        case "registrations":
            return (await register(wire)).status_code
        case "failures":
            unknown = Client(wire, "mcp_unknown", None, REDIRECT_URI)
            return (await unknown.refresh("x")).status_code
        case _:
            client = await Wire(bridge, "192.0.2.1").register()
            window = Window(wire)
            return (await window.decide(await window.ask(client.query()), decision="deny")).status_code


@pytest.mark.row("FL-06")
@pytest.mark.parametrize("what", ["registrations", "failures"])
@pytest.mark.parametrize("addresses", [[STRANGER], FIFTY], ids=["one address", "fifty"])
async def test_one_address_or_fifty_cannot_shut_a_ceiling(few: Bridge, what: str, addresses: list[str]) -> None:
    good = {"registrations": 201, "failures": 401}[what]
    for _ in range(5):
        for address in addresses:
            await spend(few, what, address)
    assert await spend(few, what, addresses[0]) == 429
    assert await spend(few, what, NEIGHBOUR) == good
    assert await spend(few, what, "2001:db8::1") == good


@pytest.mark.row("FL-06")
@pytest.mark.parametrize("addresses", [[STRANGER], FIFTY], ids=["one address", "fifty"])
async def test_a_neighbour_can_allow_however_often_a_stranger_decides(few: Bridge, addresses: list[str]) -> None:
    client = await Wire(few, "192.0.2.1").register()
    for _ in range(4):
        for address in addresses:
            window = Window(Wire(few, address))
            await window.decide(await window.ask(client.query()), decision="deny")
    neighbour = Window(Wire(few, NEIGHBOUR))
    assert "code" in answered(await neighbour.approve(client.query(), api_token=API_TOKEN))


@pytest.mark.row("FL-06")
async def test_an_address_that_has_begun_waits_for_the_ceiling_as_all_do(few: Bridge) -> None:
    assert await spend(few, "registrations", NEIGHBOUR) == 201
    for address in FIFTY:
        for _ in range(2):
            await spend(few, "registrations", address)
    assert too_many(await register(Wire(few, NEIGHBOUR)), 503)
    assert await spend(few, "registrations", "203.0.113.2") == 201


@pytest.mark.parametrize(("maximum", "begins"), [(60, 3), (20, 1), (1, 1), (1000, 50)])
def test_an_address_begins_with_a_twentieth_of_what_it_may(maximum: int, begins: int) -> None:
    limit = Limit("any", maximum, 3600)
    assert [is_newcomer(limit, nth) for nth in (1, begins, begins + 1)] == [True, True, False] or begins == maximum


@pytest.mark.row("FL-06")
async def test_a_network_that_many_share_begins_with_as_much_more(few: Bridge) -> None:
    """Many people's assistants come from one address of it: a flood must not keep out all but the first."""
    for address in FIFTY:
        for _ in range(2):
            await spend(few, "registrations", address)
    assert [await spend(few, "registrations", "160.79.104.10") for _ in range(7)] == [201] * 7


def forwarded(address: str) -> dict[str, str]:
    return {"X-Forwarded-For": f"192.0.2.77, {address}"}


@pytest.mark.row("FL-06")
async def test_behind_a_web_server_that_is_not_trusted_one_client_cannot_shut_them_either(few: Bridge) -> None:
    """No address is known there. The one that the web server appends counts for the reserve, and for nothing else."""
    server = Wire(few)  # on this machine
    for _ in range(130):
        await register(server, forwarded(STRANGER))
    assert too_many(await register(server, forwarded(STRANGER)), 503)
    assert (await register(server, forwarded(NEIGHBOUR))).status_code == 201
    assert too_many(await register(server, forwarded(NEIGHBOUR)), 503)


@pytest.mark.row("FL-06")
async def test_without_any_address_all_share_the_reserve(few: Bridge) -> None:
    server = Wire(few)
    for _ in range(120):
        assert (await register(server)).status_code == 201
    assert too_many(await register(server), 503)


@pytest.mark.row("FL-06")
async def test_where_the_web_server_is_trusted_this_machine_has_no_reserve(tmp_path: Path) -> None:
    trusting = FEW | {"MAILCONNECT_TRUSTED_PROXIES": "127.0.0.1"}
    async with running_bridge(tmp_path, environment=trusting) as bridge:
        for _ in range(60):
            assert (await register(Wire(bridge))).status_code == 201
        assert too_many(await register(Wire(bridge), forwarded(NEIGHBOUR)), 503)
        assert (await register(Wire(bridge, NEIGHBOUR))).status_code == 201


@pytest.mark.row("FL-07")
async def test_a_page_that_is_denied_without_end_is_counted_and_recorded_once(tmp_path: Path) -> None:
    """By an attacker whose address nobody knows, as behind a web server that is not trusted."""
    few = {"MAILCONNECT_ALL_DECISIONS_PER_HOUR": "20"}
    async with running_bridge(tmp_path, environment=few) as bridge:
        wire = Wire(bridge)
        client, window = await wire.register(), Window(wire)
        form = await window.ask(client.query())
        for _ in range(100):
            assert answered(await window.decide(form, decision="deny"))["error"] == "access_denied"
        assert len(bridge.database.read("SELECT * FROM audit", ())) == 1
        assert "code" in answered(await Window(wire).approve(client.query(), api_token=API_TOKEN))


@pytest.mark.row("FL-08", "AC-16")
@pytest.mark.parametrize("address", [NEIGHBOUR, "127.0.0.1"], ids=["known", "behind an untrusted web server"])
async def test_junk_tokens_keep_no_owner_from_signing_in_and_deleting(bridge: Bridge, address: str) -> None:
    for number in range(125):
        at = address if address == "127.0.0.1" else f"198.18.1.{number}"
        assert (await Visitor(Wire(bridge, at)).begin(api_token="junk")).status_code == 400
    owner = Visitor(Wire(bridge, address))
    assert (await owner.begin(api_token=API_TOKEN)).headers["location"] == "/account"


@pytest.mark.row("FL-08", "AC-16")
async def test_an_address_that_goes_on_failing_waits(bridge: Bridge) -> None:
    asked = 0
    for number in range(50):
        for _ in range(5):
            refusal = await Visitor(Wire(bridge, FIFTY[number])).begin(api_token="junk")
            asked += "Too many people" not in refusal.text
    assert asked == 24 * 5 + 26 * 3  # all, until the limit for all was reached; and the first three of each address
    window = Window(Wire(bridge, NEIGHBOUR))
    client = await Wire(bridge).register()
    assert "code" in answered(await window.approve(client.query(), api_token=API_TOKEN))


@pytest.mark.row("FL-12")
async def test_a_batch_counts_as_many_calls_as_it_has_requests(client: Client) -> None:
    wire, tokens = client.wire, await client.tokens()
    ping = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
    note = {"jsonrpc": "2.0", "method": "notifications/initialized"}

    async def batch(*messages: Any) -> Any:
        headers = {"Authorization": f"Bearer {tokens['access_token']}"}
        return await wire("POST", "/mcp", json=[*messages], headers=headers)

    for _ in range(7):
        assert (await batch(*[ping] * 8)).status_code == 200
    waiting = await batch(*[ping] * 8)
    assert waiting.status_code == 429
    assert waiting.json()["id"] is None
    assert (await batch(*[ping] * 3, note)).status_code == 200
    assert (await wire.mcp(tokens["access_token"])).status_code == 200
    assert (await wire.mcp(tokens["access_token"])).status_code == 429


@pytest.mark.row("FL-12")
@pytest.mark.parametrize("body", [b"", b"[", b"[]", b"[1]", b"[" + b"{}," * 8 + b"{}]", b" {}", b"\xff["])
async def test_a_body_that_is_no_served_batch_counts_as_one(client: Client, body: bytes) -> None:
    tokens = await client.tokens()
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    for _ in range(60):
        assert (await client.wire("POST", "/mcp", content=body, headers=headers)).status_code != 429
    assert (await client.wire("POST", "/mcp", content=body, headers=headers)).status_code == 429
