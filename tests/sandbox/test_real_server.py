"""What only a connection can show: answers that never come, or come in pieces."""

from collections.abc import AsyncIterator

import anyio
import httpx
import pytest
import uvicorn

from mailconnect.sandbox.app import create_app
from mailconnect.sandbox.switches import Fault

pytestmark = pytest.mark.anyio

FULL = {"authorization": "Bearer fmu1-sandbox-alice-full"}


@pytest.fixture(params=["h11", "httptools"])
async def http(request, app) -> AsyncIterator[httpx.AsyncClient]:
    """The application of the other tests, behind a socket."""
    config = uvicorn.Config(app, port=0, http=request.param, lifespan="off", log_level="error", log_config=None)
    server = uvicorn.Server(config)
    async with anyio.create_task_group() as group:
        group.start_soon(server.serve)
        with anyio.fail_after(10):
            while not server.started:
                await anyio.lowlevel.checkpoint()
        port = server.servers[0].sockets[0].getsockname()[1]
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=10) as client:
            yield client
        server.should_exit = True


@pytest.fixture
def errors_logged(caplog):
    """uvicorn logs an error where an application ends without an answer; none of these must look like that."""
    yield
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


@pytest.mark.usefixtures("errors_logged")
async def test_a_rotated_token_can_be_lost_with_the_connection(client, provider):
    tokens = await client.connect()
    provider.switches.add(Fault("token.refresh", answer="drop", acts=True, times=1))
    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        await client.refresh(tokens["refresh_token"])
    assert provider.state.counted()["grants"][0]["presented"] == [1, 0]
    assert (await client.refresh(tokens["refresh_token"])).json()["error"] == "invalid_grant"
    assert provider.state.counted()["replays"] == 1


@pytest.mark.usefixtures("errors_logged")
async def test_a_connection_can_be_dropped_with_nothing_done(client, provider):
    tokens = await client.connect()
    provider.switches.add(Fault("token.refresh", answer="drop", times=1))
    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        await client.refresh(tokens["refresh_token"])
    assert (await client.refresh(tokens["refresh_token"])).status_code == 200


@pytest.mark.usefixtures("errors_logged")
async def test_an_answer_can_be_cut_in_half(client, provider):
    tokens = await client.connect()
    provider.switches.add(Fault("token.refresh", answer="cut", times=1))
    with pytest.raises(httpx.RemoteProtocolError):
        await client.refresh(tokens["refresh_token"])
    assert provider.state.counted()["grants"][0]["presented"] == [1, 0]


async def test_an_answer_can_come_byte_by_byte(client, provider):
    provider.switches.add(Fault("session", answer="slow", pace=0, times=1))
    async with client.http.stream("GET", "/jmap/session", headers=FULL) as answer:
        assert answer.headers["transfer-encoding"] == "chunked"
        assert b"".join([piece async for piece in answer.aiter_bytes()]).startswith(b"{")


async def test_a_client_may_stop_reading_a_huge_answer(client, provider):
    provider.switches.add(Fault("session", answer="huge", times=1))
    async with client.http.stream("GET", "/jmap/session", headers=FULL) as answer:
        async for piece in answer.aiter_raw():
            assert piece
            break
    assert (await client.http.get("/jmap/session", headers=FULL)).status_code == 200


async def test_a_request_that_ends_early_is_forgotten(client):
    host, port = client.http.base_url.host, client.http.base_url.port
    async with await anyio.connect_tcp(host, port) as stream:
        await stream.send(b"POST /oauth/refresh HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\ngrant")
    assert (await client.http.get("/sandbox/counters")).json()["requests"] == {}


async def test_without_a_server_a_cut_answer_fails_as_a_connection_would(clock, settings, state):
    app = create_app(settings, clock=clock, state=state)
    app.state.provider.switches.add(Fault("session", answer="cut", times=1))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=settings.issuer) as inside:
        with pytest.raises(httpx.RemoteProtocolError):
            await inside.get("/jmap/session", headers=FULL)
