"""A connection when the provider sends wrong responses, or a store or key is unreachable.

A subclass gives the fixture `processes`.
"""

from dataclasses import replace

import pytest

from mailconnect.sandbox.switches import Fault
from tests.bridge import Bridge
from tests.endpoints.wire import Window, Wire, answered
from tests.faults.place import OnProcesses, Processes
from tests.faults.token_contract import at, serves

STRANGER = "198.18.0.1"
"""Not of this machine, whose requests nobody counts."""

AMISS = {
    "F-06": ["html", "invalid_json", "empty", "cut"],
    "F-07": ["huge", "gzip_bomb"],
    "F-08": ["redirect"],
}

WITHOUT = {
    "clients": {"register": 503, "ask": 503, "decide": 503, "refresh": 503, "call": 200},
    "grants": {"register": 201, "ask": 200, "decide": 303, "refresh": 503, "call": 503},
    "ledger": {"register": 503, "ask": 200, "decide": 503, "refresh": 200, "call": 200},
    "counters": {"register": 503, "ask": 200, "decide": 503, "refresh": 200, "call": 200},
    "events": {"register": 201, "ask": 200, "decide": 303, "refresh": 200, "call": 200},
}
"""By what is away: what each entry point answers then."""


class OutageContract(OnProcesses):
    @pytest.mark.row("F-06", "F-07", "F-08")
    @pytest.mark.parametrize("answer", [answer for answers in AMISS.values() for answer in answers])
    async def test_an_answer_amiss_is_never_stored(self, bridge: Bridge, answer: str) -> None:
        assistant = await bridge.connected()
        [grant_id] = await bridge.adapters.stores.grants.everybodys()
        before = await bridge.adapters.stores.grants.get(grant_id)
        assert before is not None
        bridge.clock.now += 3595
        await assistant.refresh()
        bridge.sandbox.switches.add(Fault("token.refresh", answer=answer, acts=False, size=100_000))
        for _ in range(3):
            bridge.clock.now += 1
            assert (await assistant.call_tool("list_mailboxes"))["isError"]
            after = await bridge.adapters.stores.grants.get(grant_id)
            assert after is not None
            assert (after.props, after.lease_id) == (before.props, None)
        bridge.sandbox.switches.clear()
        assert not (await assistant.call_tool("list_mailboxes"))["isError"]
        assert bridge.sandbox.state.counted()["grants"][0]["ended_because"] is None

    @pytest.mark.row("F-13")
    @pytest.mark.parametrize("expires_in", [0, -1, None, "soon", 10**12], ids=repr)
    async def test_an_absurd_lifetime_is_neither_a_refresh_at_each_call_nor_a_token_for_ever(
        self, bridge: Bridge, expires_in: object
    ) -> None:
        assistant = await bridge.connected()
        bridge.sandbox.switches.add(Fault("token.refresh", change={"expires_in": expires_in}))
        for renewals, later in ((1, 3600), (1, 60), (2, 86_400)):
            bridge.clock.now += later
            await assistant.refresh()
            assert not (await assistant.call_tool("list_mailboxes"))["isError"]
            assert bridge.sandbox.counters.requests["token.refresh"] == renewals

    @pytest.mark.row("F-21", "F-47", "F-48")
    @pytest.mark.parametrize("part", WITHOUT)
    async def test_without_one_part_nothing_is_lost_and_nobody_is_called_unauthorized(
        self, bridge: Bridge, processes: Processes, part: str
    ) -> None:
        client = await Wire(bridge).register()
        window = Window(client.wire)
        form = await window.ask(client.query())
        tokens = await client.tokens()
        async with processes.without(part) as failing:
            there = replace(client, wire=Wire(failing, STRANGER))
            answers = {
                "register": await there.wire("POST", "/register", json={"redirect_uris": [client.redirect_uri]}),
                "ask": await Window(there.wire).send("GET", f"/authorize?{client.query()}"),
                "decide": await replace(window, wire=there.wire).decide(form),
                "refresh": await there.refresh(tokens["refresh_token"]),
                "call": await there.wire.mcp(tokens["access_token"]),
            }
        assert {step: answer.status_code for step, answer in answers.items()} == WITHOUT[part]
        assert all(int(answer.headers["retry-after"]) > 0 for answer in answers.values() if answer.status_code == 503)
        assert await serves(await client.refresh(tokens["refresh_token"]), client)

    @pytest.mark.row("F-33")
    async def test_a_grant_that_cannot_be_stored_leaves_nothing_alive_at_the_provider(
        self, bridge: Bridge, processes: Processes
    ) -> None:
        client = await Wire(bridge).register()
        async with processes.without("grants") as failing:
            there = at(failing, client)
            answer = await Window(there.wire).connect(client.query())
            assert answered(answer) == {"error": "temporarily_unavailable", "state": "s", "iss": client.wire.issuer}
            assert failing.sandbox.state.counted()["revocations"] == 1
        assert await bridge.adapters.stores.grants.everybodys() == []
        assert "code" in answered(await Window(client.wire).connect(client.query()))
