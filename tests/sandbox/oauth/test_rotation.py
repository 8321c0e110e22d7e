import pytest

from mailconnect.sandbox.control import counted

pytestmark = pytest.mark.anyio


async def test_a_refresh_token_rotates_at_each_use(client, provider):
    tokens = await client.connect()
    seen = {tokens["refresh_token"]}
    for _ in range(3):
        tokens = (await client.refresh(tokens["refresh_token"])).json()
        seen.add(tokens["refresh_token"])
    assert len(seen) == 4
    assert counted(provider)["grants"][0]["presented"] == [1, 1, 1, 0]


async def test_an_old_refresh_token_presented_again_ends_the_whole_grant(client, provider):
    first = await client.connect()
    second = (await client.refresh(first["refresh_token"])).json()
    replayed = await client.refresh(first["refresh_token"])
    assert (replayed.status_code, replayed.json()["error"]) == (400, "invalid_grant")
    assert "temporary" not in replayed.json()
    for token in (first["access_token"], second["access_token"]):
        assert (await client.session(token)).status_code == 401
    assert (await client.refresh(second["refresh_token"])).json()["error"] == "invalid_grant"
    counters = counted(provider)
    assert (counters["replays"], counters["grants"][0]["ended_because"]) == (1, "replay")
    assert counters["grants"][0]["presented"] == [2, 1]


async def test_another_grant_of_the_same_owner_survives_a_replay(client):
    other = await client.connect()
    first = await client.connect()
    await client.refresh(first["refresh_token"])
    await client.refresh(first["refresh_token"])
    assert (await client.session(other["access_token"])).status_code == 200


async def test_the_older_access_token_lives_on_until_it_expires(client, clock):
    first = await client.connect()
    clock.now += 1800
    await client.refresh(first["refresh_token"])
    assert (await client.session(first["access_token"])).status_code == 200
    clock.now += 1800
    assert (await client.session(first["access_token"])).status_code == 401


async def test_an_unknown_refresh_token_is_invalid_grant(client):
    assert (await client.refresh("fmr1-nothing")).json()["error"] == "invalid_grant"


async def test_a_refresh_token_left_alone_for_thirty_days_is_dead(client, clock):
    tokens = await client.connect()
    clock.now += 30 * 86_400 - 1
    tokens = (await client.refresh(tokens["refresh_token"])).json()
    clock.now += 30 * 86_400
    assert (await client.refresh(tokens["refresh_token"])).json()["error"] == "invalid_grant"


async def test_a_refresh_may_narrow_the_scope_but_not_widen_it(client):
    tokens = await client.connect()
    widened = await client.refresh(tokens["refresh_token"], scope="urn:ietf:params:oauth:scope:contacts")
    assert widened.json()["error"] == "invalid_scope"
    narrowed = await client.refresh(tokens["refresh_token"], scope="urn:ietf:params:oauth:scope:mail")
    assert narrowed.json()["scope"] == "urn:ietf:params:oauth:scope:mail"
    assert "refresh_token" in narrowed.json()


async def test_a_locked_account_is_refused_for_a_time_and_loses_nothing(client, provider):
    tokens = await client.connect()
    provider.switches.locked = frozenset({"alice@sandbox.test"})
    answer = await client.refresh(tokens["refresh_token"])
    assert (answer.json()["error"], answer.json()["temporary"]) == ("invalid_grant", True)
    assert (await client.session(tokens["access_token"])).status_code == 401
    provider.switches.locked = frozenset()
    assert (await client.refresh(tokens["refresh_token"])).status_code == 200


async def test_the_lifetime_of_access_tokens_can_be_changed_while_it_runs(client, provider, clock):
    provider.switches.access_token_seconds = 5
    tokens = await client.connect()
    assert tokens["expires_in"] == 5
    clock.now += 5
    assert (await client.session(tokens["access_token"])).status_code == 401


async def test_all_access_tokens_can_be_expired_at_once(client):
    tokens = await client.connect()
    assert (await client.http.post("/sandbox/expire")).json() == {"expired": 1}
    assert (await client.session(tokens["access_token"])).status_code == 401
    assert (await client.session("fmu1-sandbox-alice-full")).status_code == 200
    assert (await client.refresh(tokens["refresh_token"])).status_code == 200
