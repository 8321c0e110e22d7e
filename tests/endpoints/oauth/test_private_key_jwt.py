"""Clients that prove themselves by a signature at `/token` and `/revoke` (RFC 7523), registered or published."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mailconnect.client_documents.fetched import Fetched, NotFetched
from mailconnect.oauth.clients.assertion import CLOCK_SKEW
from mailconnect.oauth.clients.authentication import ASSERTION_TYPE
from mailconnect.oauth.clients.client import Client as Registered
from mailconnect.oauth.clients.id_url import DocumentUrl
from mailconnect.pseudonyms import client_name
from mailconnect.store.counters import Counter
from mailconnect.store.errors import StoreUnavailable
from mailconnect.store.memory import MemoryClients, MemoryCounters
from mailconnect.store.sqlite.switches import SqliteSwitches
from mailconnect.store.switches import Switch
from tests.bridge import Bridge, running_bridge
from tests.endpoints.connect.test_client_id_metadata import URL, World
from tests.endpoints.oauth_answers import refused
from tests.endpoints.wire import REDIRECT_URI, VERIFIER, Client, Wire, is_local_page
from tests.oauth.signing import assertion, key, key_set

pytestmark = pytest.mark.anyio

KEYS_AT = "https://app.example/keys.json"
SIGNS = {"token_endpoint_auth_method": "private_key_jwt"}


@pytest.fixture
def world() -> World:
    world = World(cache_control="max-age=3600")
    world.publish(**SIGNS, jwks=key_set(key("ES256")))
    world.documents[KEYS_AT] = key_set(key("ES256"))
    return world


@pytest.fixture
async def wire(tmp_path: Path, anyio_backend: str, world: World) -> AsyncIterator[Wire]:
    async with running_bridge(tmp_path, fetch_document=world.fetch) as bridge:
        yield Wire(bridge)


@pytest.fixture
def published(wire: Wire) -> Client:
    return Client(wire, URL, None, REDIRECT_URI)


_number = iter(range(1_000_000))


def proof(client: Client, algorithm: str = "ES256", signer: Any = None, **claims: Any) -> dict[str, str]:
    """The form's parameters; each call's assertion is another one."""
    now = client.wire.bridge.clock()
    usual = {
        "iss": client.id,
        "sub": client.id,
        "aud": client.wire.issuer,
        "jti": f"jti-{next(_number)}",
        "exp": now + 60,
    }
    text = assertion(signer or key(algorithm), algorithm, usual | claims)
    return {"client_assertion_type": ASSERTION_TYPE, "client_assertion": text}


async def tokens(client: Client, **options: Any) -> dict[str, Any]:
    answer = await client.redeem(await client.code(), **proof(client, **options))
    assert answer.status_code == 200, answer.text
    given: dict[str, Any] = answer.json()
    return given


@pytest.mark.row("MD-02")
@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "EdDSA"])
async def test_a_registered_client_signs_for_tokens_and_for_their_end(wire: Wire, algorithm: str) -> None:
    document = (await wire("GET", "/.well-known/oauth-authorization-server")).json()
    assert "private_key_jwt" in document["token_endpoint_auth_methods_supported"]
    client = await wire.register(**SIGNS, jwks=key_set(key(algorithm)))
    assert client.secret is None
    given = await tokens(client, algorithm=algorithm)
    refreshed = await client.refresh(given["refresh_token"], **proof(client, algorithm, aud=f"{wire.issuer}/token"))
    assert refreshed.status_code == 200
    ended = await client.revoke(refreshed.json()["refresh_token"], **proof(client, algorithm))
    assert ended.status_code == 200
    assert (await wire.mcp(refreshed.json()["access_token"])).status_code == 401


@pytest.mark.row("RG-25")
async def test_the_answer_to_a_client_that_signs_names_its_keys_and_no_secret(wire: Wire) -> None:
    document = {"redirect_uris": [REDIRECT_URI], **SIGNS}
    answer = (await wire("POST", "/register", json=document | {"jwks": key_set(key("RS256"))})).json()
    assert answer["token_endpoint_auth_method"] == "private_key_jwt"
    assert [one["kid"] for one in answer["jwks"]["keys"]] == [key("RS256").kid]
    assert "client_secret" not in answer
    answer = (await wire("POST", "/register", json=document | {"jwks_uri": KEYS_AT})).json()
    assert answer["jwks_uri"] == KEYS_AT


@pytest.mark.row("RG-18")
@pytest.mark.parametrize(
    "keys",
    [
        {},
        {"jwks": key_set(key("ES256")), "jwks_uri": KEYS_AT},
        {"jwks": {"keys": []}},
        {"jwks": {"keys": [key("ES256").as_dict(private=True)]}},
        {"jwks": "x"},
        {"jwks_uri": "http://app.example/keys.json"},
        {"jwks_uri": "https://127.0.0.1/keys.json"},
        {"jwks_uri": "https://app.example:8443/keys.json"},
        {"jwks_uri": "https://app.example/../keys.json"},
    ],
    ids=range(9),
)
async def test_a_client_that_signs_has_keys_that_can_be_used(wire: Wire, keys: dict[str, Any]) -> None:
    document = {"redirect_uris": [REDIRECT_URI], **SIGNS} | keys
    assert refused(await wire("POST", "/register", json=document), "invalid_client_metadata")


async def test_a_client_connects_by_a_document_with_its_keys(published: Client) -> None:
    assert (await published.wire.mcp((await tokens(published))["access_token"])).status_code == 200


async def test_the_client_id_may_be_left_to_the_assertion(published: Client) -> None:
    """RFC 7521 §4.2."""
    given = await tokens(published)
    answer = await published.refresh(given["refresh_token"], client_id=None, **proof(published))
    assert answer.status_code == 200


@pytest.mark.row("TK-11")
async def test_a_client_that_signs_proves_itself_by_nothing_else(published: Client) -> None:
    code = await published.code()
    for attempt in (
        {},
        {"client_secret": "x"},
        proof(published, signer=key("ES256", 1)),
        proof(published, aud="https://evil.example"),
        proof(published) | {"client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:saml2-bearer"},
        proof(published) | {"client_id": "mcp_other"},
        {"client_assertion": "x"},
        {"client_assertion_type": ASSERTION_TYPE},
    ):
        assert refused(await published.redeem(code, **attempt), "invalid_client", 401), attempt
    assert (await published.redeem(code, **proof(published))).status_code == 200


@pytest.mark.row("TK-11")
async def test_a_public_client_sends_no_assertion(wire: Wire) -> None:
    client = await wire.register()
    assert refused(await client.redeem(await client.code(), **proof(client)), "invalid_client", 401)


@pytest.mark.row("TK-10")
async def test_an_assertion_beside_another_way_is_refused(published: Client) -> None:
    code = await published.code()
    assert refused(await published.redeem(code, client_secret="x", **proof(published)), "invalid_request")
    form = {"grant_type": "authorization_code", "code": code, "code_verifier": VERIFIER} | proof(published)
    answer = await published.wire("POST", "/token", data=form, headers={"Authorization": "Basic eDp5"})
    assert refused(answer, "invalid_request")


async def test_an_assertion_is_good_once(published: Client) -> None:
    given = await tokens(published)
    used = proof(published)
    assert (await published.refresh(given["refresh_token"], **used)).status_code == 200
    assert refused(await published.refresh(given["refresh_token"], **used), "invalid_client", 401)
    assert refused(await published.revoke(given["refresh_token"], **used), "invalid_client", 401)


@pytest.mark.parametrize("late", [1, 10, 100])
async def test_an_assertion_is_good_once_even_if_it_is_judged_beyond_its_end(
    world: World, tmp_path: Path, late: int
) -> None:
    """It was valid when it came; then the keys took their time, and meanwhile what has expired is swept away."""
    world.publish(**SIGNS, jwks_uri=KEYS_AT)
    slow: list[Bridge] = []

    async def fetch(url: DocumentUrl) -> Fetched:
        for bridge in slow:
            bridge.clock.now += late
            await bridge.sweep.run()
        return await world.fetch(url)

    async with running_bridge(tmp_path, fetch_document=fetch) as bridge:
        client = Client(Wire(bridge), URL, None, REDIRECT_URI)
        world.cache_control = "no-store"
        given, used = await tokens(client), proof(client, exp=bridge.clock() + 300)
        given = (await client.refresh(given["refresh_token"], **used)).json()
        bridge.clock.now += 300 + CLOCK_SKEW - 1
        slow.append(bridge)
        assert refused(await client.refresh(given["refresh_token"], **used), "invalid_client", 401)


async def test_the_jti_of_an_assertion_that_is_over_may_be_another_s(published: Client) -> None:
    """RFC 7523 §3: unique for as long as it is valid, whether or not the old one has been swept away."""
    given = await tokens(published, jti="again")
    assert refused(await published.refresh("x", **proof(published, jti="again")), "invalid_client", 401)
    published.wire.bridge.clock.now += 3600
    answer = await published.refresh(given["refresh_token"], **proof(published, jti="again"))
    assert answer.status_code == 200, answer.text


async def test_a_false_proof_is_refused_as_one_where_failures_cannot_be_counted(world: World, tmp_path: Path) -> None:
    class Broken(MemoryCounters):
        async def add(self, counter: Counter, maximum: int) -> int | None:
            if "failures" in counter.key:
                raise StoreUnavailable("gone")
            return await super().add(counter, maximum)

    async with running_bridge(tmp_path, fetch_document=world.fetch, counters=Broken()) as bridge:
        client = Client(Wire(bridge, "198.18.0.1"), URL, None, REDIRECT_URI)
        code = await client.code()
        forged = await client.redeem(code, **proof(client, signer=key("ES256", 1)))
        assert refused(forged, "invalid_client", 401)
        assert (await client.redeem(code, **proof(client))).status_code == 200


async def test_an_assertion_that_failed_is_not_used_up_by_it(published: Client) -> None:
    """A caller without the key cannot use up the assertion that the client is about to send."""
    good = proof(published, jti="known")
    forged = proof(published, signer=key("ES256", 1), jti="known")
    code = await published.code()
    assert refused(await published.redeem(code, **forged), "invalid_client", 401)
    assert (await published.redeem(code, **good)).status_code == 200


async def test_keys_at_an_address_are_fetched_once_and_anew_when_they_have_changed(
    published: Client, world: World
) -> None:
    world.publish(**SIGNS, jwks_uri=KEYS_AT)
    clock = published.wire.bridge.clock
    given = await tokens(published)
    given = (await published.refresh(given["refresh_token"], **proof(published))).json()
    assert world.fetched.count(KEYS_AT) == 1
    rotated = key("ES256", 1)
    world.documents[KEYS_AT] = key_set(rotated)
    unknown = await published.refresh(given["refresh_token"], **proof(published, signer=rotated))
    assert refused(unknown, "invalid_client", 401)  # no more than once a minute
    assert world.fetched.count(KEYS_AT) == 1
    clock.now += 61
    assert (await published.refresh(given["refresh_token"], **proof(published, signer=rotated))).status_code == 200
    assert world.fetched.count(KEYS_AT) == 2


@pytest.mark.row("CI-22")
async def test_a_forged_signature_leaves_a_client_its_keys(published: Client, world: World) -> None:
    world.publish(**SIGNS, jwks_uri=KEYS_AT)
    given = await tokens(published)
    published.wire.bridge.clock.now += 61
    world.documents[KEYS_AT] = NotFetched("too_slow")
    forged = await published.refresh(given["refresh_token"], **proof(published, signer=key("ES256", 1)))
    assert forged.status_code == 503  # nobody knows whether the client has changed its keys
    given = (await published.refresh(given["refresh_token"], **proof(published))).json()
    world.documents[KEYS_AT] = {"keys": []}
    published.wire.bridge.clock.now += 61
    forged = await published.refresh(given["refresh_token"], **proof(published, signer=key("ES256", 1)))
    assert refused(forged, "invalid_client", 401)
    assert (await published.refresh(given["refresh_token"], **proof(published))).status_code == 200


@pytest.mark.row("CI-22")
async def test_a_forger_over_the_limit_causes_no_fetch_and_loses_the_client_nothing(
    published: Client, world: World
) -> None:
    world.publish(**SIGNS, jwks_uri=KEYS_AT)
    given = await tokens(published)
    bridge = published.wire.bridge
    bridge.clock.now += 61
    stranger = Client(Wire(bridge, "198.18.0.1"), URL, None, REDIRECT_URI)
    for number in range(10):
        other = Client(stranger.wire, f"https://app.example/{number}.json", None, REDIRECT_URI)
        assert is_local_page(await stranger.wire("GET", f"/authorize?{other.query()}"))
    fetched = world.fetched.count(KEYS_AT)
    forged = await stranger.refresh(given["refresh_token"], **proof(published, signer=key("ES256", 1)))
    assert refused(forged, "temporarily_unavailable", 429)
    assert (await published.refresh(given["refresh_token"], **proof(published))).status_code == 200
    assert world.fetched.count(KEYS_AT) == fetched


@pytest.mark.row("CI-22")
@pytest.mark.parametrize("cache_control", ["no-store", "max-age=3600"])
@pytest.mark.parametrize("there", [True, False], ids=["there", "away"])
@pytest.mark.parametrize("inline", [True, False], ids=["jwks", "jwks_uri"])
async def test_forged_signatures_cause_one_fetch_of_a_clients_keys_a_minute_at_most(
    published: Client, world: World, *, cache_control: str, there: bool, inline: bool
) -> None:
    world.cache_control = cache_control
    world.publish(**SIGNS, **({"jwks": key_set(key("ES256"))} if inline else {"jwks_uri": KEYS_AT}))
    given = await tokens(published)
    bridge = published.wire.bridge
    forger = proof(published, signer=key("ES256", 1))
    await published.refresh("x", **forger)
    bridge.clock.now += 59 if cache_control == "no-store" else 61
    world.fetched.clear()
    if not there:
        world.documents |= {KEYS_AT: NotFetched("too_slow"), URL: NotFetched("too_slow")}
    for number in range(12):
        client = Client(Wire(bridge, f"198.18.0.{number}"), URL, None, REDIRECT_URI)
        assert (await client.refresh("x", **forger)).status_code in (401, 503)
    assert len(world.fetched) == (0 if cache_control == "no-store" else 1)
    assert (await published.refresh(given["refresh_token"], **proof(published))).status_code == 200


async def test_keys_in_a_document_are_read_anew_when_they_have_changed_and_those_before_are_good_no_more(
    published: Client, world: World
) -> None:
    given = await tokens(published)
    rotated = key("ES256", 1)
    world.publish(**SIGNS, jwks=key_set(rotated))
    given = (await published.refresh(given["refresh_token"], **proof(published))).json()  # nobody knows it yet
    world.fetched.clear()
    both = [published.refresh(given["refresh_token"], **proof(published, signer=rotated)) for _ in range(2)]
    assert [answer.status_code for answer in await asyncio.gather(*both)] == [200, 200]
    assert world.fetched == [URL]
    assert refused(await published.refresh("x", **proof(published)), "invalid_client", 401)
    world.documents.clear()
    renewed = await published.refresh(given["refresh_token"], **proof(published, signer=rotated))
    assert renewed.status_code == 200


async def test_a_new_key_is_good_though_it_cannot_be_remembered(world: World, tmp_path: Path) -> None:
    class Forgetful(MemoryClients):
        down = False

        async def remember(self, client: Registered) -> None:
            if self.down:
                raise StoreUnavailable("gone")
            await super().remember(client)

    clients = Forgetful()
    async with running_bridge(tmp_path, fetch_document=world.fetch, clients=clients) as bridge:
        client = Client(Wire(bridge), URL, None, REDIRECT_URI)
        given = await tokens(client)
        rotated = key("ES256", 1)
        world.publish(**SIGNS, jwks=key_set(rotated))
        clients.down = True
        signed = await client.refresh(given["refresh_token"], **proof(client, signer=rotated))
        assert signed.status_code == 200


async def test_a_new_key_does_not_prolong_what_is_kept_of_a_client(published: Client, world: World) -> None:
    bridge, rotated = published.wire.bridge, key("ES256", 1)
    await published.code()
    before = await bridge.adapters.stores.clients.get(URL, bridge.clock())
    world.publish(**SIGNS, jwks=key_set(rotated))
    bridge.clock.now += 600
    assert refused(await published.refresh("x", **proof(published, signer=rotated)), "invalid_grant")
    after = await bridge.adapters.stores.clients.get(URL, bridge.clock())
    assert before
    assert after
    assert rotated.kid in (after.jwks or "")
    assert after.expires_at == before.expires_at


async def test_a_developer_is_told_what_is_wrong_with_the_document(published: Client, world: World) -> None:
    given = await tokens(published)
    world.publish(redirect_uris=[])
    forged = await published.refresh(given["refresh_token"], **proof(published, signer=key("ES256", 1)))
    assert refused(forged, "invalid_client", 401)
    assert "redirect_uris" in forged.json()["error_description"]


@pytest.mark.parametrize(
    "document",
    [{}, {"redirect_uris": []}, SIGNS | {"jwks_uri": KEYS_AT}],
    ids=["public now", "not in order", "elsewhere now"],
)
async def test_a_document_that_has_no_such_keys_any_more_proves_nothing(
    published: Client, world: World, document: dict[str, Any]
) -> None:
    given = await tokens(published)
    world.publish(**document)
    forged = proof(published, signer=key("ES256", 1))
    assert refused(await published.refresh(given["refresh_token"], **forged), "invalid_client", 401)


@pytest.mark.row("CI-15")
async def test_a_lost_key_is_good_no_more_where_an_older_reading_of_the_document_is_still_fresh(
    published: Client, world: World
) -> None:
    world.cache_control = "max-age=14400"
    lost, rotated = key("ES256"), key("ES256", 1)
    given = await tokens(published)
    await published.refresh("x", **proof(published, signer=key("ES256", 2)))  # now `/token` has read it too
    bridge = published.wire.bridge
    world.publish(**SIGNS, jwks=key_set(rotated))
    bridge.clock.now += 14_400 - 1  # as fresh as it can be
    stored = await bridge.adapters.stores.clients.get(URL, bridge.clock())
    assert stored
    # A consent in another process has read this.
    newer = replace(stored, jwks=json.dumps(key_set(rotated)), created_at=bridge.clock())
    await bridge.adapters.stores.clients.remember(newer)
    world.documents.clear()
    assert refused(await published.refresh("x", **proof(published, signer=lost)), "temporarily_unavailable", 503)
    assert refused(await published.refresh("x", **proof(published, signer=lost)), "invalid_client", 401)
    assert await bridge.adapters.stores.clients.get(URL, bridge.clock()) == newer
    renewed = await published.refresh(given["refresh_token"], **proof(published, signer=rotated))
    assert renewed.status_code == 200


@pytest.mark.row("CI-15")
async def test_a_consent_meanwhile_is_not_overwritten_with_fetched_keys(world: World, tmp_path: Path) -> None:
    rotated = key("ES256", 1)
    consented: list[Client] = []

    async def fetch(url: DocumentUrl) -> Fetched:
        found = await world.fetch(url)
        for client in consented:
            stored = await client.wire.bridge.adapters.stores.clients.get(URL, client.wire.bridge.clock())
            assert stored
            await client.wire.bridge.adapters.stores.clients.remember(replace(stored, name="Changed"))
        return found

    async with running_bridge(tmp_path, fetch_document=fetch) as bridge:
        published = Client(Wire(bridge), URL, None, REDIRECT_URI)
        given = await tokens(published)
        world.publish(**SIGNS, jwks=key_set(rotated))
        consented.append(published)
        signed = await published.refresh(given["refresh_token"], **proof(published, signer=rotated))
        assert signed.status_code == 200
        stored = await bridge.adapters.stores.clients.get(URL, bridge.clock())
        assert stored
        assert (stored.name, rotated.kid in (stored.jwks or "")) == ("Changed", False)


@pytest.mark.row("CI-19")
async def test_no_assertion_costs_a_fetch_unless_its_claims_are_in_order(published: Client, world: World) -> None:
    world.publish(**SIGNS, jwks_uri=KEYS_AT)
    code = await published.code()
    for claims in ({"aud": "x"}, {"exp": 1}, {"iss": "x"}, {"jti": ""}):
        assert refused(await published.redeem(code, **proof(published, **claims)), "invalid_client", 401)
    unknown = Client(published.wire, "https://evil.example/c", None, REDIRECT_URI)
    assert refused(await unknown.redeem(code, **proof(unknown)), "invalid_client", 401)
    assert KEYS_AT not in world.fetched


async def test_keys_that_cannot_be_fetched_for_now_cost_the_client_nothing(published: Client, world: World) -> None:
    world.publish(**SIGNS, jwks_uri=KEYS_AT)
    code = await published.code()
    world.documents[KEYS_AT] = NotFetched("too_slow")
    answer = await published.redeem(code, **proof(published))
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0
    world.documents[KEYS_AT] = key_set(key("ES256"))
    assert (await published.redeem(code, **proof(published))).status_code == 200


@pytest.mark.parametrize("keys", [{"keys": []}, {}, {"keys": [{"kty": "oct", "k": "AQAB"}]}])
async def test_keys_that_are_not_in_order_prove_nothing(published: Client, world: World, keys: dict[str, Any]) -> None:
    world.publish(**SIGNS, jwks_uri=KEYS_AT)
    code = await published.code()
    world.documents[KEYS_AT] = keys
    assert refused(await published.redeem(code, **proof(published)), "invalid_client", 401)


async def test_chatgpt_may_sign_and_may_leave_it(published: Client, world: World) -> None:
    world.publish(**SIGNS, token_endpoint_auth_methods_supported=["none", "private_key_jwt"], jwks_uri=KEYS_AT)
    given = await tokens(published)
    assert (await published.refresh(given["refresh_token"])).status_code == 200
    assert (await published.redeem(await published.code())).status_code == 200


@pytest.mark.row("CI-15")
async def test_a_client_that_stopped_being_public_is_public_no_more(published: Client, world: World) -> None:
    world.cache_control = "no-store"
    world.publish()
    code = await published.code()
    world.publish(**SIGNS, jwks=key_set(key("ES256")))
    await published.code()  # another person, later
    assert refused(await published.redeem(code), "invalid_client", 401)
    assert (await published.redeem(code, **proof(published))).status_code == 200


async def test_where_documents_are_switched_off_keys_are_not_fetched_either(tmp_path: Path, world: World) -> None:
    off = {"MAILCONNECT_CLIENT_ID_METADATA": "off"}
    async with running_bridge(tmp_path, environment=off, fetch_document=world.fetch) as bridge:
        wire = Wire(bridge)
        document = {"redirect_uris": [REDIRECT_URI], **SIGNS}
        assert refused(
            await wire("POST", "/register", json=document | {"jwks_uri": KEYS_AT}), "invalid_client_metadata"
        )
        client = await wire.register(**SIGNS, jwks=key_set(key("ES256")))
        assert await tokens(client)
    assert world.fetched == []


@pytest.mark.row("MD-09")
@pytest.mark.parametrize("inline", [True, False], ids=["jwks", "jwks_uri"])
async def test_the_connections_of_a_client_that_signs_outlive_the_setting(
    published: Client, world: World, tmp_path: Path, *, inline: bool
) -> None:
    world.publish(**SIGNS, **({"jwks": key_set(key("ES256"))} if inline else {"jwks_uri": KEYS_AT}))
    given = await tokens(published)
    off = {"MAILCONNECT_CLIENT_ID_METADATA": "off"}
    async with running_bridge(tmp_path, environment=off, fetch_document=world.fetch) as bridge:
        bridge.clock.now = published.wire.bridge.clock.now
        again = Client(Wire(bridge), URL, None, REDIRECT_URI)
        refreshed = await again.refresh(given["refresh_token"], **proof(again))
        assert refreshed.status_code == 200
        rotated = key("ES256", 1)
        world.publish(**SIGNS, jwks=key_set(rotated))
        world.documents[KEYS_AT] = key_set(rotated)
        bridge.clock.now += 61
        changed = await again.refresh(refreshed.json()["refresh_token"], **proof(again, signer=rotated))
        assert changed.status_code == 200
        assert is_local_page(await again.wire("GET", f"/authorize?{again.query()}"))


@pytest.mark.row("DP-11")
async def test_the_switch_stops_the_fetching_of_keys_and_loses_nothing(published: Client, world: World) -> None:
    world.publish(**SIGNS, jwks_uri=KEYS_AT)
    given = await tokens(published)
    bridge, switches = published.wire.bridge, SqliteSwitches(published.wire.bridge.database)
    await switches.turn_on(Switch.NO_METADATA_DOCUMENTS, bridge.clock())
    bridge.clock.now += 61
    world.fetched.clear()
    given = (await published.refresh(given["refresh_token"], **proof(published))).json()  # the keys are known yet
    forged = await published.refresh(given["refresh_token"], **proof(published, signer=key("ES256", 1)))
    assert refused(forged, "temporarily_unavailable", 503)
    bridge.clock.now += 3600
    waits = await published.refresh(given["refresh_token"], **proof(published))
    assert refused(waits, "temporarily_unavailable", 503)
    assert int(waits.headers["retry-after"]) > 0
    assert world.fetched == []
    await switches.turn_off(Switch.NO_METADATA_DOCUMENTS)
    bridge.clock.now += 31
    assert (await published.refresh(given["refresh_token"], **proof(published))).status_code == 200


@pytest.mark.row("ST-01")
async def test_no_assertion_is_stored(published: Client) -> None:
    form = proof(published, jti="canary-jti")
    await published.redeem(await published.code(), **form)
    stored = json.dumps(published.wire.bridge.database.read("SELECT * FROM ledger", ()), default=repr)
    assert "assertion:" in stored
    assert "canary-jti" not in stored
    assert form["client_assertion"].split(".")[1] not in stored


async def test_the_log_says_whose_keys_could_not_be_fetched_and_why(
    published: Client, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.publish(**SIGNS, jwks_uri=KEYS_AT)
    code = await published.code()
    world.documents[KEYS_AT] = NotFetched("too_slow")
    with caplog.at_level("INFO", "mailconnect.audit"):
        assert refused(await published.redeem(code, **proof(published)), "temporarily_unavailable", 503)
    said = [json.loads(record.message) for record in caplog.records if record.name == "mailconnect.audit"]
    [line] = [line for line in said if line["event"] == "client_keys_not_fetched"]
    assert (line["client"], line["reason"]) == (client_name(URL), "too_slow")
