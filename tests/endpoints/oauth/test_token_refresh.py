"""`POST /token` with a refresh token: rows TK-23 to TK-33 of docs/attacks.md."""

from dataclasses import replace
from pathlib import Path

import pytest

from mailconnect.sandbox.switches import Fault
from tests.bridge import running_bridge
from tests.endpoints.oauth_answers import lives, refused
from tests.endpoints.wire import ALL_SCOPES, Client, Window, Wire, answered

pytestmark = pytest.mark.anyio


@pytest.mark.row("TK-23")
async def test_a_refresh_asks_for_no_more_than_was_granted(client: Client) -> None:
    tokens = await client.tokens(scope="session:read")
    for scope in (
        "mailboxes:read",
        "mail:send",
        'a"b',
        "openid offline_access",
        "é",
        "a" * 4096,
    ):
        assert refused(await client.refresh(tokens["refresh_token"], scope=scope), "invalid_scope")
    for scope in (None, "session:read mailboxes:read", " session:read  offline_access "):
        refreshed = (await client.refresh(tokens["refresh_token"], scope=scope)).json()
        assert refreshed["scope"] == "session:read"
        answer = await client.wire.mcp(refreshed["access_token"], "tools/call", name="list_mailboxes")
        assert answer.status_code == 403


@pytest.mark.row("TK-23")
async def test_a_narrower_access_token_leaves_the_refresh_token_as_wide_as_it_was(client: Client) -> None:
    tokens = await client.tokens()
    narrow = (await client.refresh(tokens["refresh_token"], scope="session:read")).json()
    assert narrow["scope"] == "session:read"
    assert (await client.wire.mcp(narrow["access_token"], "tools/call", name="list_mailboxes")).status_code == 403
    assert (await client.wire.mcp(narrow["access_token"], "tools/call", name="get_session")).status_code == 200
    wide = (await client.refresh(narrow["refresh_token"])).json()
    assert wide["scope"] == ALL_SCOPES
    assert (await client.wire.mcp(wide["access_token"], "tools/call", name="list_mailboxes")).status_code == 200


@pytest.mark.row("TK-25")
async def test_a_lost_answer_is_given_again_for_five_minutes(client: Client) -> None:
    tokens = await client.tokens()
    first = (await client.refresh(tokens["refresh_token"])).json()
    for pause in (0, 100, 199):
        client.wire.bridge.clock.now += pause
        again = (await client.refresh(tokens["refresh_token"])).json()
        assert {name: again[name] for name in again if name != "expires_in"} == {
            name: first[name] for name in first if name != "expires_in"
        }
    assert again["expires_in"] == first["expires_in"] - 299
    assert (await client.refresh(first["refresh_token"])).status_code == 200


@pytest.mark.row("TK-26")
async def test_a_lost_answer_is_given_again_to_the_same_question_alone(wire: Wire) -> None:
    client, other = await wire.register(), await wire.register()
    tokens = await client.tokens()
    first = (await client.refresh(tokens["refresh_token"])).json()
    assert refused(await client.refresh(tokens["refresh_token"], scope="session:read"), "invalid_grant")
    assert refused(await client.refresh(tokens["refresh_token"], resource="https://evil.example/"), "invalid_target")
    assert refused(await other.refresh(tokens["refresh_token"]), "invalid_grant")
    assert await lives(client, first)


@pytest.mark.row("TK-26")
async def test_a_late_repeat_within_the_grace_time_is_led_to_the_newest_pair(client: Client) -> None:
    """An assistant's calls refresh side by side (docs/decisions/0006): no second family comes of it."""
    chain = [await client.tokens()]
    for _ in range(3):
        chain.append((await client.refresh(chain[-1]["refresh_token"])).json())
    for older in chain[:-1]:
        assert (await client.refresh(older["refresh_token"])).json() == chain[-1]
    assert await lives(client, chain[-1])


@pytest.mark.row("TK-26")
async def test_a_token_older_than_those_is_a_replay(client: Client) -> None:
    chain = [await client.tokens()]
    for _ in range(4):
        chain.append((await client.refresh(chain[-1]["refresh_token"])).json())
    assert refused(await client.refresh(chain[0]["refresh_token"]), "invalid_grant")
    assert not await lives(client, chain[-1])


@pytest.mark.row("TK-27")
async def test_after_the_grace_time_a_replay_ends_the_grant(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    tokens = await client.tokens()
    successor = (await client.refresh(tokens["refresh_token"])).json()
    client.wire.bridge.clock.now += 300
    with caplog.at_level("INFO", "mailconnect.audit"):
        assert refused(await client.refresh(tokens["refresh_token"]), "invalid_grant")
    assert '"event": "grant_retired"' in caplog.text
    assert '"reason": "refresh_replay"' in caplog.text
    assert not await lives(client, successor)
    assert client.wire.bridge.woken


@pytest.mark.row("TK-27")
async def test_a_made_up_token_ends_nothing(client: Client) -> None:
    """A caller who knows a grant's id, which is a part of each token, must not be able to end the grant."""
    tokens = await client.tokens()
    refresh = tokens["refresh_token"]
    for forged in (
        refresh[:-1] + "0",
        refresh[:26] + "0" * 65,
        refresh[:69] + "0" * 22,
        refresh[:26] + refresh[:22:-1][:65],
    ):
        if forged != refresh:
            assert refused(await client.refresh(forged.ljust(len(refresh), "0")), "invalid_grant")
    assert await lives(client, tokens)


def elsewhere(client: Client, address: str) -> Client:
    """The same client, from another address."""
    return replace(client, wire=Wire(client.wire.bridge, address))


@pytest.mark.row("TK-28")
@pytest.mark.parametrize("home", ["198.51.100.7", "127.0.0.1"])
async def test_a_thief_in_the_same_minute_is_found_at_the_third_time(
    client: Client, caplog: pytest.LogCaptureFixture, home: str
) -> None:
    owner, thief = elsewhere(client, home), elsewhere(client, "203.0.113.9")
    tokens = await client.tokens()
    caplog.set_level("INFO", "mailconnect.audit")
    for number in range(3):
        client.wire.bridge.clock.now += 3600
        stolen = tokens["refresh_token"]
        tokens = (await owner.refresh(stolen)).json()
        client.wire.bridge.clock.now += 30
        answer = await thief.refresh(stolen)
        assert answer.status_code == (200 if number < 2 else 400)
    assert refused(answer, "invalid_grant")
    assert '"reason": "refresh_shared"' in caplog.text
    assert not await lives(client, tokens)
    kept = client.wire.bridge.database.read("SELECT what, reason FROM audit ORDER BY id", ())
    assert ("token_repeated", "other_network") in kept
    assert ("grant_retired", "refresh_shared") in kept
    for address in ("198.51.", "203.0."):
        assert address not in caplog.text
        assert address not in str(client.wire.bridge.database.read("SELECT * FROM grants", ()))


@pytest.mark.row("TK-28")
@pytest.mark.parametrize("addresses", [("198.51.100.7", "198.51.7.100"), ("160.79.104.1", "160.79.107.9")])
async def test_parallel_sessions_of_one_network_and_of_a_known_company_go_on(
    client: Client, addresses: tuple[str, str]
) -> None:
    one, other = (elsewhere(client, address) for address in addresses)
    tokens = await client.tokens()
    for _ in range(8):
        client.wire.bridge.clock.now += 3600
        used = tokens["refresh_token"]
        tokens = (await one.refresh(used)).json()
        assert (await other.refresh(used)).json() == tokens
    assert await lives(client, tokens)
    days = client.wire.bridge.database.read("SELECT what, reason FROM audit WHERE what = 'token_repeated'", ())
    assert days == [("token_repeated", "beside")], "each day keeps one"


@pytest.mark.row("TK-29")
async def test_a_refresh_token_that_is_not_used_dies_after_90_days(client: Client) -> None:
    clock, day = client.wire.bridge.clock, 86_400
    refresh = (await client.tokens())["refresh_token"]
    clock.now += 90 * day - 1
    refresh = (await client.refresh(refresh)).json()["refresh_token"]
    clock.now += 90 * day
    assert refused(await client.refresh(refresh), "invalid_grant")


@pytest.mark.row("TK-29")
async def test_no_grant_lives_for_longer_than_a_year_however_it_is_used(client: Client) -> None:
    clock, day = client.wire.bridge.clock, 86_400
    tokens = await client.tokens()
    for _ in range(5):
        clock.now += 70 * day
        tokens = (await client.refresh(tokens["refresh_token"])).json()
    clock.now += 15 * day - 60
    last = (await client.refresh(tokens["refresh_token"])).json()
    assert last["expires_in"] == 60
    clock.now += 60
    assert refused(await client.refresh(last["refresh_token"]), "invalid_grant")
    assert (await client.wire.mcp(last["access_token"])).status_code == 401


@pytest.mark.row("TK-30")
async def test_after_the_end_a_refresh_token_is_nothing(client: Client) -> None:
    tokens = await client.tokens()
    assert (await client.revoke(tokens["refresh_token"])).status_code == 200
    assert refused(await client.refresh(tokens["refresh_token"]), "invalid_grant")
    await client.wire.bridge.sweep.run()
    assert not client.wire.bridge.database.read("SELECT id FROM grants", ())
    assert refused(await client.refresh(tokens["refresh_token"]), "invalid_grant")


@pytest.mark.row("TK-30")
async def test_a_client_that_is_gone_is_no_client(client: Client) -> None:
    """It fails at its own authentication, before its token is looked at (RFC 6749 §5.2)."""
    tokens = await client.tokens()
    await client.wire.bridge.database.write("DELETE FROM clients", ())
    assert refused(await client.refresh(tokens["refresh_token"]), "invalid_client", 401)


@pytest.mark.row("TK-33")
async def test_the_providers_outage_is_not_our_tokens_fault(client: Client, window: Window) -> None:
    tokens = (await client.redeem(answered(await window.connect(client.query()))["code"])).json()
    bridge = client.wire.bridge
    for endpoint in ("token", "session", "jmap", "metadata"):
        bridge.sandbox.switches.add(Fault(endpoint, answer="drop"))
    before = bridge.sandbox.counters.requests.total()
    bridge.clock.now += 3600
    assert (await client.refresh(tokens["refresh_token"])).status_code == 200
    assert bridge.sandbox.counters.requests.total() == before


@pytest.mark.row("TK-26")
async def test_of_a_pair_that_is_given_again_after_the_end_of_its_access_token_nothing_is_left(
    tmp_path: Path,
) -> None:
    async with running_bridge(tmp_path, environment={"MAILCONNECT_ACCESS_LIFETIME": "30"}) as bridge:
        client = await Wire(bridge).register()
        tokens = await client.tokens()
        assert (await client.refresh(tokens["refresh_token"])).json()["expires_in"] == 30
        bridge.clock.now += 31
        assert (await client.refresh(tokens["refresh_token"])).json()["expires_in"] == 0


async def test_with_its_tokens_it_is_noted_what_a_grant_was_used_over(client: Client) -> None:
    database = client.wire.bridge.database
    tokens = await client.tokens()
    assert database.read("SELECT last_used_over FROM grants", ()) == [("IPv4",)]
    await database.write("UPDATE grants SET last_used_over = NULL", ())
    await client.refresh(tokens["refresh_token"])
    assert database.read("SELECT last_used_over FROM grants", ()) == [("IPv4",)]


async def test_a_refresh_may_name_the_resource_in_another_spelling(client: Client) -> None:
    tokens = await client.tokens()
    answer = await client.refresh(tokens["refresh_token"], resource=f"{client.wire.issuer}/mcp/")
    assert answer.status_code == 200
