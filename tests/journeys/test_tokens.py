"""An assistant's tokens, as real assistants use them: several processes at once, lost responses, and sometimes a
thief.
"""

import asyncio
import json
from typing import Any

import httpx
import pytest

from mailconnect.sandbox.assistant.assistant import Assistant
from mailconnect.sandbox.assistant.errors import ErrorStatus
from tests.bridge import ISSUER, Bridge

pytestmark = pytest.mark.anyio


async def ask(bridge: Bridge, **form: str | None) -> httpx.Response:
    return await bridge.http.post(
        f"{ISSUER}/token", data={name: value for name, value in form.items() if value is not None}
    )


async def refresh(bridge: Bridge, assistant: Assistant, refresh_token: str | None) -> httpx.Response:
    return await ask(
        bridge, grant_type="refresh_token", client_id=assistant.client_id, refresh_token=refresh_token, resource=None
    )


async def call(bridge: Bridge, access_token: str) -> httpx.Response:
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "list_mailboxes"}}
    return await bridge.http.post(f"{ISSUER}/mcp", json=message, headers={"Authorization": f"Bearer {access_token}"})


class Redeeming:
    """An assistant whose code is at hand, to be redeemed as often as one likes."""

    def __init__(self, bridge: Bridge) -> None:
        self.bridge = bridge
        self.assistant = bridge.assistant()
        self._form: dict[str, Any] = {}

    async def begin(self) -> None:
        """Lets the assistant ask for its tokens, and keeps its request instead of sending it."""
        real = self.bridge.http

        async def keep(request: httpx.Request) -> httpx.Response:
            if request.url.path == "/token":
                self._form = dict(httpx.QueryParams(request.content.decode()))
                return httpx.Response(503)
            return await real.send(request)

        async with httpx.AsyncClient(transport=httpx.MockTransport(keep)) as http:
            self.assistant._http = http
            with pytest.raises(ErrorStatus):
                await self.assistant.connect(self.bridge.person())
        self.assistant._http = real

    async def redeem(self, **changes: str) -> httpx.Response:
        return await ask(self.bridge, **self._form | changes)


@pytest.fixture
async def redeeming(bridge: Bridge) -> Redeeming:
    story = Redeeming(bridge)
    await story.begin()
    return story


async def test_while_processes_take_turns_no_call_ever_fails(bridge: Bridge) -> None:
    """Claude Code: several processes share one refresh token, and each calls with the access token it saw last."""
    assistant = await bridge.connected()
    assert assistant.tokens is not None
    access, held = assistant.tokens.access_token, assistant.tokens.refresh_token
    for _ in range(3):
        answers = await asyncio.gather(
            refresh(bridge, assistant, held),
            call(bridge, access),
            refresh(bridge, assistant, held),
            call(bridge, access),
        )
        assert [answer.status_code for answer in answers] == [200] * 4
        assert answers[0].json() == answers[2].json()
        # The access token in use stays good beside its successor.
        assert (await call(bridge, access)).status_code == 200
        access, held = answers[0].json()["access_token"], answers[0].json()["refresh_token"]
        bridge.clock.now += 1800


async def test_a_thief_who_comes_late_ends_the_grant_for_both(bridge: Bridge) -> None:
    assistant = await bridge.connected()
    assert assistant.tokens is not None
    stolen = assistant.tokens.refresh_token
    await assistant.refresh()
    bridge.clock.now += 301
    assert (await refresh(bridge, assistant, stolen)).json()["error"] == "invalid_grant"
    with pytest.raises(ErrorStatus) as refused:
        await assistant.call_tool("list_mailboxes")
    assert (refused.value.status, "invalid_token" in refused.value.challenge) == (401, True)
    with pytest.raises(ErrorStatus):
        await assistant.refresh()
    await bridge.sweep.run()
    assert bridge.sandbox.state.counted()["revocations"] == 1
    # The person connects again, and it works.
    await assistant.connect(bridge.person())
    assert not (await assistant.call_tool("list_mailboxes"))["isError"]


async def test_a_stolen_code_that_was_used_before_ends_what_it_gave(redeeming: Redeeming) -> None:
    tokens = (await redeeming.redeem()).json()
    redeeming.bridge.clock.now += 10
    assert (await redeeming.redeem()).json()["error"] == "invalid_grant"
    assert (await call(redeeming.bridge, tokens["access_token"])).status_code == 401
    assert (await refresh(redeeming.bridge, redeeming.assistant, tokens["refresh_token"])).status_code == 400


async def test_a_stolen_code_without_the_verifier_is_worth_nothing_and_harms_nobody(redeeming: Redeeming) -> None:
    assert (await redeeming.redeem(code_verifier="x" * 43)).json()["error"] == "invalid_grant"
    tokens = (await redeeming.redeem()).json()
    redeeming.bridge.clock.now += 10
    assert (await redeeming.redeem(code_verifier="x" * 43)).json()["error"] == "invalid_grant"
    assert (await call(redeeming.bridge, tokens["access_token"])).status_code == 200


async def test_a_code_that_nobody_redeems_leaves_nothing(redeeming: Redeeming) -> None:
    bridge = redeeming.bridge
    bridge.clock.now += 61
    assert (await redeeming.redeem()).json()["error"] == "invalid_grant"
    await bridge.sweep.run()
    assert bridge.database.read("SELECT id FROM grants", ()) == []
    assert bridge.sandbox.state.counted()["revocations"] == 1


async def test_a_grant_that_is_not_used_ends_and_is_revoked_at_the_provider(bridge: Bridge) -> None:
    assistant = await bridge.connected()
    bridge.clock.now += 90 * 86_400
    with pytest.raises(ErrorStatus) as refused:
        await assistant.refresh()
    assert json.loads(refused.value.body)["error"] == "invalid_grant"
    await bridge.sweep.run()
    assert bridge.database.read("SELECT id FROM grants", ()) == []
    assert bridge.sandbox.state.counted()["grants"][0]["ended_because"] == "revoked"
