"""`/account/sign-in` under load: a caller who signs in without end does not stop others (AC-16)."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.bridge import Bridge, running_bridge
from tests.endpoints.visitor import Visitor
from tests.endpoints.wire import API_TOKEN, Window, Wire, answered, is_local_page

pytestmark = pytest.mark.anyio

STRANGER, NEIGHBOUR = "198.18.0.1", "198.18.0.2"
FEW = 5


@pytest.fixture
async def few(tmp_path: Path, anyio_backend: str) -> AsyncIterator[Bridge]:
    async with running_bridge(tmp_path, environment={"MAILCONNECT_DECISIONS_PER_HOUR": str(FEW)}) as bridge:
        yield bridge


@pytest.mark.row("AC-16")
async def test_an_address_that_shows_too_many_tokens_waits_and_nobody_else_does(few: Bridge) -> None:
    stranger, neighbour = Wire(few, STRANGER), Wire(few, NEIGHBOUR)
    for _ in range(FEW):
        assert (await Visitor(stranger).begin(api_token="junk")).status_code == 400
    asked = dict(few.sandbox.counters.requests)
    for _ in range(3):
        answer = await Visitor(stranger).begin(api_token="junk")
        assert is_local_page(answer, 429)
        assert 0 < int(answer.headers["retry-after"]) <= 3600
    assert few.sandbox.counters.requests == asked
    assert (await Visitor(neighbour).begin(api_token=API_TOKEN)).headers["location"] == "/account"
    few.clock.now += 3600
    assert (await Visitor(stranger).sign_in()).headers["location"] == "/account"


@pytest.mark.row("AC-16")
async def test_a_flood_stops_no_owner_who_comes_back_from_the_provider(bridge: Bridge) -> None:
    """From so many addresses that none is over its limit, until the limit for all failing tokens is reached."""
    honest = Wire(bridge, NEIGHBOUR)
    client, window, visitor = await honest.register(), Window(honest), Visitor(honest)
    connecting = await window.sign_in(await window.approve(client.query()))
    signing_in = await visitor.window.sign_in(await visitor.begin())
    for number in range(124):
        refused = await Visitor(Wire(bridge, f"198.18.1.{number % 31}")).begin(api_token="junk")
    assert "Too many people" in refused.text
    assert "code" in answered(await window.send("GET", connecting))
    assert (await visitor.window.send("GET", signing_in)).headers["location"] == "/account"
    assert "code" in answered(await window.approve(client.query(), api_token=API_TOKEN))
