"""Every misbehaviour, in one process; what only a connection can show is in test_real_server."""

import gzip
import json

import anyio
import httpx
import pytest

from mailconnect.sandbox.app import create_app
from mailconnect.sandbox.control import counted
from mailconnect.sandbox.switches import Fault

pytestmark = pytest.mark.anyio

FULL = "fmu1-sandbox-alice-full"


@pytest.mark.parametrize("status", [500, 502, 503])
async def test_a_status_comes_instead_of_the_work(client, provider, status):
    tokens = await client.connect()
    provider.switches.add(Fault("token.refresh", answer=status, times=1))
    assert (await client.refresh(tokens["refresh_token"])).status_code == status
    assert (await client.refresh(tokens["refresh_token"])).status_code == 200


@pytest.mark.parametrize("retry_after", ["120", "Wed, 21 Oct 2026 07:28:00 GMT", "soon", None])
async def test_429_carries_any_retry_after(client, provider, retry_after):
    provider.switches.add(Fault("session", answer=429, retry_after=retry_after, times=1))
    answer = await client.session(FULL)
    assert (answer.status_code, answer.headers.get("retry-after")) == (429, retry_after)


async def test_one_401_can_come_for_a_token_that_lives(client, provider):
    provider.switches.add(Fault("session", answer=401, times=1))
    answer = await client.session(FULL)
    assert answer.status_code == 401
    assert "resource_metadata" in answer.headers["www-authenticate"]
    assert (await client.session(FULL)).status_code == 200


async def test_a_connection_dropped_before_acting_rotates_nothing(client, provider):
    tokens = await client.connect()
    provider.switches.add(Fault("token.refresh", answer="drop", times=1))
    with pytest.raises(httpx.RemoteProtocolError):
        await client.refresh(tokens["refresh_token"])
    assert (await client.refresh(tokens["refresh_token"])).status_code == 200


async def test_a_connection_dropped_after_acting_loses_the_rotated_token(client, provider):
    tokens = await client.connect()
    provider.switches.add(Fault("token.refresh", answer="drop", acts=True, times=1))
    with pytest.raises(httpx.RemoteProtocolError):
        await client.refresh(tokens["refresh_token"])
    assert (await client.session(tokens["access_token"])).status_code == 200
    assert (await client.refresh(tokens["refresh_token"])).json()["error"] == "invalid_grant"
    assert counted(provider)["grants"][0]["presented"] == [2, 0]


@pytest.mark.parametrize("acts", [False, True])
@pytest.mark.parametrize("answer", ["html", "invalid_json", "empty"])
async def test_200_without_json_may_or_may_not_have_rotated(client, provider, answer, acts):
    tokens = await client.connect()
    provider.switches.add(Fault("token.refresh", answer=answer, acts=acts, times=1))
    given = await client.refresh(tokens["refresh_token"])
    assert given.status_code == 200
    with pytest.raises(json.JSONDecodeError):
        given.json()
    assert (await client.refresh(tokens["refresh_token"])).is_success is not acts


async def test_a_huge_body_is_as_huge_as_asked(client, provider):
    provider.switches.add(Fault("session", answer="huge", size=1_000_000, times=1))
    assert len((await client.session(FULL)).content) >= 1_000_000


async def test_a_gzip_bomb_is_small_until_it_is_decoded(client, provider):
    provider.switches.add(Fault("session", answer="gzip_bomb", size=5_000_000, times=1))
    async with client.http.stream("GET", "/jmap/session", headers={"authorization": f"Bearer {FULL}"}) as answer:
        raw = b"".join([piece async for piece in answer.aiter_raw()])
    assert len(raw) < 50_000
    assert len(gzip.decompress(raw)) >= 5_000_000


async def test_a_redirect_points_elsewhere(client, provider):
    provider.switches.add(Fault("token", answer="redirect", location="https://evil.example/", times=1))
    answer = await client.refresh("fmr1-x")
    assert (answer.status_code, answer.headers["location"]) == (302, "https://evil.example/")


async def test_a_refresh_can_leave_out_the_refresh_token(client, provider):
    tokens = await client.connect()
    provider.switches.add(Fault("token.refresh", omit=("refresh_token",), times=1))
    answer = await client.refresh(tokens["refresh_token"])
    assert answer.json().keys() == tokens.keys() - {"refresh_token"}
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("expires_in", [0, -1, "3600", None, 10**15])
async def test_expires_in_can_be_anything(client, provider, expires_in):
    provider.switches.add(Fault("token", change={"expires_in": expires_in}, times=1))
    assert (await client.connect())["expires_in"] == expires_in


async def test_expires_in_can_be_missing(client, provider):
    provider.switches.add(Fault("token.code", omit=("expires_in",), times=1))
    assert "expires_in" not in await client.connect()


async def test_the_issuer_of_an_answer_can_be_wrong_or_missing(client, provider, parameters_of):
    provider.switches.add(Fault("authorize.decision", change={"iss": "https://evil.example"}, times=1))
    provider.switches.add(Fault("authorize.decision", omit=("iss",), times=1))
    assert parameters_of(await client.sign_in(client.request()))["iss"] == "https://evil.example"
    answer = parameters_of(await client.sign_in(client.request()))
    assert "iss" not in answer
    assert "code" in answer


async def test_an_oauth_error_can_be_asked_for(client, provider):
    tokens = await client.connect()
    provider.switches.add(Fault("token.refresh", error="invalid_client", answer=401, times=1))
    answer = await client.refresh(tokens["refresh_token"])
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert (await client.refresh(tokens["refresh_token"])).status_code == 200


async def test_metadata_can_be_changed(http, provider):
    provider.switches.add(Fault("metadata", change={"issuer": "https://evil.example"}, omit=("token_endpoint",)))
    document = (await http.get("/.well-known/oauth-authorization-server")).json()
    assert document["issuer"] == "https://evil.example"
    assert "token_endpoint" not in document


async def test_a_response_that_is_no_json_object_is_not_changed(client, provider):
    provider.switches.add(Fault("authorize.page", change={"a": 1}))
    assert "<form" in (await client.http.get(client.request())).text
    provider.switches.add(Fault("revoke", acts=False))
    assert (await client.http.post("/oauth/revoke")).status_code == 503


async def test_delays_come_before_and_after_acting(clock, settings, state, provider):
    waits: list[tuple[float, int]] = []

    async def sleep(seconds: float) -> None:
        await anyio.lowlevel.checkpoint()
        waits.append((seconds, state.counted()["registrations"]))

    app = create_app(settings, clock=clock, state=state, sleep=sleep)
    app.state.provider.switches.add(Fault("register", delay_before=2, delay_after=3, times=1))
    app.state.provider.switches.add(Fault("register", answer="slow", pace=0.5, times=1))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=settings.issuer) as http:
        await http.post("/oauth/register", json={"redirect_uris": ["http://localhost/cb"]})
        assert waits == [(2, 0), (3, 1)]
        waits.clear()
        answer = await http.post("/oauth/register", json={"redirect_uris": ["http://localhost/cb"]})
    assert answer.status_code == 201
    assert [seconds for seconds, _ in waits] == [0.5] * len(answer.content)
    assert answer.json()["client_id"]


async def test_concurrent_refreshes_of_one_grant_are_seen(clock, settings, state, client, provider):
    tokens = await client.connect()
    both_there = anyio.Event()
    waiting = 0

    async def sleep(_: float) -> None:
        nonlocal waiting
        waiting += 1
        if waiting == 2:
            both_there.set()
        await both_there.wait()

    app = create_app(settings, clock=clock, state=state, sleep=sleep)
    app.state.provider.switches.add(Fault("token.refresh", delay_before=1))
    form = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"], "client_id": client.client_id}
    statuses = []
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=settings.issuer) as http:

        async def refresh() -> None:
            statuses.append((await http.post("/oauth/refresh", data=form)).status_code)

        async with anyio.create_task_group() as group:
            group.start_soon(refresh)
            group.start_soon(refresh)
    assert sorted(statuses) == [200, 400]
    grant = counted(app.state.provider)["grants"][0]
    assert (grant["peak_refreshes"], grant["ended_because"]) == (2, "replay")


async def test_everything_is_counted(client, provider):
    tokens = await client.connect()
    await client.refresh(tokens["refresh_token"])
    await client.sign_in(client.request(), decision="deny")
    headers = {"authorization": f"Bearer {FULL}"}
    calls = [["Core/echo", {}, "0"], ["Mailbox/get", {}, "1"], ["x", {}, "2"]]
    await client.http.post(
        "/jmap/api/", json={"using": ["urn:ietf:params:jmap:core"], "methodCalls": calls}, headers=headers
    )
    counters = (await client.http.get("/sandbox/counters")).json()
    assert counters.items() >= {"authorizations": 1, "denials": 1, "replays": 0, "revocations": 0}.items()
    assert counters["requests"] == {"authorize.decision": 2, "jmap": 1, "token.code": 1, "token.refresh": 1}
    assert counters["jmap_calls"] == {"Core/echo": 1, "Mailbox/get": 1, "another": 1}
    [grant] = counters["grants"]
    assert (grant["username"], grant["presented"], grant["peak_refreshes"]) == (
        "alice@sandbox.test",
        [1, 0],
        1,
    )
    assert "fmr1-" not in json.dumps(counters)
