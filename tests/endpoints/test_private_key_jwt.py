"""Clients that prove themselves by a signature at `/token` and `/revoke` (RFC 7523), registered or published."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from lib.client_documents.fetched import NotFetched
from lib.oauth.client_authentication import ASSERTION_TYPE
from tests.bridge import running_bridge
from tests.endpoints.oauth_answers import refused
from tests.endpoints.test_client_id_metadata import URL, World
from tests.endpoints.wire import REDIRECT_URI, VERIFIER, Client, Wire
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


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "EdDSA"])
async def test_md_02_a_registered_client_signs_for_tokens_and_for_their_end(wire: Wire, algorithm: str) -> None:
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


async def test_rg_25_the_answer_to_a_client_that_signs_names_its_keys_and_no_secret(wire: Wire) -> None:
    document = {"redirect_uris": [REDIRECT_URI], **SIGNS}
    answer = (await wire("POST", "/register", json=document | {"jwks": key_set(key("RS256"))})).json()
    assert answer["token_endpoint_auth_method"] == "private_key_jwt"
    assert [one["kid"] for one in answer["jwks"]["keys"]] == [key("RS256").kid]
    assert "client_secret" not in answer
    answer = (await wire("POST", "/register", json=document | {"jwks_uri": KEYS_AT})).json()
    assert answer["jwks_uri"] == KEYS_AT


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
async def test_rg_18_a_client_that_signs_has_keys_that_can_be_used(wire: Wire, keys: dict[str, Any]) -> None:
    document = {"redirect_uris": [REDIRECT_URI], **SIGNS} | keys
    assert refused(await wire("POST", "/register", json=document), "invalid_client_metadata")


async def test_a_client_connects_by_a_document_with_its_keys(published: Client) -> None:
    assert (await published.wire.mcp((await tokens(published))["access_token"])).status_code == 200


async def test_the_client_id_may_be_left_to_the_assertion(published: Client) -> None:
    """RFC 7521 §4.2."""
    given = await tokens(published)
    answer = await published.refresh(given["refresh_token"], client_id=None, **proof(published))
    assert answer.status_code == 200


async def test_tk_11_a_client_that_signs_proves_itself_by_nothing_else(published: Client) -> None:
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


async def test_tk_11_a_public_client_sends_no_assertion(wire: Wire) -> None:
    client = await wire.register()
    assert refused(await client.redeem(await client.code(), **proof(client)), "invalid_client", 401)


async def test_tk_10_an_assertion_beside_another_way_is_refused(published: Client) -> None:
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


async def test_an_assertion_that_failed_is_not_used_up_by_it(published: Client) -> None:
    """Whoever does not have the key cannot use up what the client is about to send."""
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


async def test_ci_19_no_assertion_costs_a_fetch_unless_its_claims_are_in_order(published: Client, world: World) -> None:
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


async def test_ci_15_a_client_that_stopped_being_public_is_public_no_more(published: Client, world: World) -> None:
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


async def test_st_01_no_assertion_is_stored(published: Client) -> None:
    form = proof(published, jti="canary-jti")
    await published.redeem(await published.code(), **form)
    stored = json.dumps(published.wire.bridge.database.read("SELECT * FROM ledger", ()), default=repr)
    assert "assertion:" in stored
    assert "canary-jti" not in stored
    assert form["client_assertion"].split(".")[1] not in stored
