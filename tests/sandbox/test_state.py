import random

import httpx
import pytest

from mailconnect.sandbox.app import create_app
from mailconnect.sandbox.oauth.clients import Client
from mailconnect.sandbox.settings import Settings
from mailconnect.sandbox.state import State

pytestmark = pytest.mark.anyio


@pytest.fixture
def settings(tmp_path) -> Settings:
    return Settings(data=str(tmp_path / "sandbox.sqlite3"))


@pytest.fixture
async def restarted(settings, clock):
    """The same file in the hands of another application."""
    state = State(settings.data)
    app = create_app(settings, clock=clock, entropy=random.Random(2).randbytes, state=state)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=settings.issuer) as http:
        yield http
    state.close()


async def test_tokens_and_clients_outlive_a_restart(client, restarted):
    registered = await client.http.post("/oauth/register", json={"redirect_uris": ["http://localhost/cb"]})
    tokens = await client.connect()
    client.http = restarted
    assert (await client.session(tokens["access_token"])).status_code == 200
    assert (await client.refresh(tokens["refresh_token"])).status_code == 200
    client.client_id = registered.json()["client_id"]
    page = await restarted.get(client.request(redirect_uri="http://localhost/cb", scope="openid"))
    assert page.status_code == 200


async def test_a_replay_is_still_one_after_a_restart(client, restarted):
    tokens = await client.connect()
    await client.refresh(tokens["refresh_token"])
    client.http = restarted
    assert (await client.refresh(tokens["refresh_token"])).json()["error"] == "invalid_grant"
    assert (await restarted.get("/sandbox/counters")).json()["replays"] == 1


def test_a_transaction_that_fails_halfway_is_not_kept():
    state = State()
    client = Client("a", "A", (), frozenset())

    def fail() -> None:
        with state.transaction():
            state.add_client(client)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert state.client("a") is None
    with state.transaction():
        state.add_client(client)
    assert state.client("a") == client
    state.close()


def test_closing_twice_is_closing_once():
    state = State()
    state.close()
    state.close()
