import pytest

from mailconnect.sandbox.control import counted

pytestmark = pytest.mark.anyio


async def revoke(client, **form):
    return await client.http.post("/oauth/revoke", data={"client_id": client.client_id, **form})


@pytest.mark.parametrize("kind", ["refresh_token", "access_token"])
async def test_revoking_either_token_ends_the_grant(client, provider, kind):
    tokens = await client.connect()
    answer = await revoke(client, token=tokens[kind])
    assert (answer.status_code, answer.content) == (200, b"")
    assert (await client.session(tokens["access_token"])).status_code == 401
    assert (await client.refresh(tokens["refresh_token"])).json()["error"] == "invalid_grant"
    assert counted(provider)["revocations"] == 1


async def test_revoking_again_or_something_unknown_is_fine(client, provider):
    tokens = await client.connect()
    for token in (tokens["refresh_token"], tokens["refresh_token"], "fmr1-unknown"):
        assert (await revoke(client, token=token)).status_code == 200
    assert counted(provider)["revocations"] == 1


async def test_another_clients_token_is_left_alone(client):
    tokens = await client.connect()
    registered = await client.http.post("/oauth/register", json={"redirect_uris": ["http://localhost/cb"]})
    assert (await revoke(client, token=tokens["refresh_token"], client_id=registered.json()["client_id"])).is_success
    assert (await client.session(tokens["access_token"])).status_code == 200


async def test_a_revocation_names_token_and_client(client):
    assert (await revoke(client)).json()["error"] == "invalid_request"
    answer = await client.http.post("/oauth/revoke", data={"token": "fmr1-x", "client_id": "another"})
    assert answer.json()["error"] == "invalid_client"


async def test_the_owner_can_disconnect_every_app(client, provider):
    alice, bob = await client.connect("alice"), await client.connect("bob")
    answer = await client.http.post("/sandbox/disconnect", json={"username": "alice@sandbox.test"})
    assert answer.json() == {"ended": 1}
    assert (await client.session(alice["access_token"])).status_code == 401
    assert (await client.refresh(alice["refresh_token"])).json()["error"] == "invalid_grant"
    assert (await client.session(bob["access_token"])).status_code == 200
    assert counted(provider)["grants"][0]["ended_because"] == "disconnected"


@pytest.mark.parametrize("body", [b"", b"[]", b'{"username": "carol"}', b'{"username": []}'])
async def test_only_an_owner_can_be_disconnected(http, body):
    assert (await http.post("/sandbox/disconnect", content=body)).status_code == 400
