"""Codes and an assistant's tokens when requests come twice, at once, or after a crash.

A subclass gives the fixture `processes`.
"""

import asyncio
from dataclasses import replace

import httpx
import pytest

from mailconnect.store.grants import Grants
from tests.bridge import Bridge
from tests.endpoints.wire import API_TOKEN, Client, Window, Wire, answered, is_local_page
from tests.faults.place import OnProcesses, Processes, ReadTogether, Stopped

_TWENTY = 20


async def serves(answer: httpx.Response, client: Client) -> bool:
    """Whether both tokens of this answer are good for something."""
    assert answer.status_code == 200, answer.text
    tokens = answer.json()
    called = await client.wire.mcp(tokens["access_token"])
    refreshed = await client.refresh(tokens["refresh_token"])
    return called.status_code == refreshed.status_code == 200


def at(bridge: Bridge, client: Client) -> Client:
    """The same client, before another process."""
    return replace(client, wire=Wire(bridge))


class TokenContract(OnProcesses):
    @pytest.fixture
    async def client(self, bridge: Bridge) -> Client:
        return await Wire(bridge).register()

    @pytest.mark.row("F-28")
    async def test_a_consent_that_is_sent_twice_begins_one_sign_in(self, client: Client) -> None:
        window = Window(client.wire)
        form = await window.ask(client.query())
        first, second = await asyncio.gather(window.decide(form), window.decide(form))
        assert first.headers["location"] == second.headers["location"]
        assert "code" in answered(await window.send("GET", await window.sign_in(first)))
        assert is_local_page(await window.decide(form))
        assert is_local_page(await window.decide(form, api_token=API_TOKEN))
        assert len(await client.wire.bridge.adapters.stores.grants.everybodys()) == 1

    @pytest.mark.row("F-29")
    async def test_of_twenty_redemptions_of_one_code_at_once_one_gives_tokens(
        self, client: Client, processes: Processes
    ) -> None:
        code = await client.code()
        async with processes.another(grants=lambda inner: ReadTogether(inner, _TWENTY)) as bridge:
            there = at(bridge, client)
            answers = await asyncio.gather(*(there.redeem(code) for _ in range(_TWENTY)))
        refused = [answer for answer in answers if answer.status_code != 200]
        assert [(answer.status_code, answer.json()["error"]) for answer in refused] == [(400, "invalid_grant")] * 19
        [won] = [answer for answer in answers if answer.status_code == 200]
        # They came at once, so nobody stole anything.
        assert await serves(won, client)

    @pytest.mark.row("F-30")
    @pytest.mark.parametrize("later", [0, 40, 59])
    async def test_a_refresh_whose_answer_was_lost_gives_the_same_pair_in_any_process(
        self, client: Client, processes: Processes, later: int
    ) -> None:
        held = (await client.tokens())["refresh_token"]
        lost = await client.refresh(held)
        client.wire.bridge.clock.now += later
        async with processes.another() as bridge:
            bridge.clock.now += later
            again = await at(bridge, client).refresh(held)
            assert again.json()["refresh_token"] == lost.json()["refresh_token"]
            assert again.json()["access_token"] == lost.json()["access_token"]
        assert await serves(again, client)

    @pytest.mark.row("F-31")
    async def test_twenty_refreshes_at_once_give_one_pair(self, client: Client, processes: Processes) -> None:
        held = (await client.tokens())["refresh_token"]
        async with processes.another(grants=lambda inner: ReadTogether(inner, _TWENTY)) as bridge:
            there = at(bridge, client)
            answers = await asyncio.gather(*(there.refresh(held) for _ in range(_TWENTY)))
        assert {answer.status_code for answer in answers} == {200}
        assert len({answer.text for answer in answers}) == 1
        assert await serves(answers[0], client)

    @pytest.mark.row("F-31")
    @pytest.mark.parametrize("early", [True, False], ids=["before it is stored", "after"])
    async def test_a_repetition_during_the_first_refresh_gives_the_same_pair(
        self, client: Client, processes: Processes, early: bool
    ) -> None:
        held = (await client.tokens())["refresh_token"]
        stopped: list[Stopped] = []

        def stopping(inner: Grants) -> Stopped:
            stopped.append(Stopped(inner, early))
            return stopped[0]

        async with processes.another(grants=stopping) as bridge:
            first = asyncio.create_task(at(bridge, client).refresh(held))
            await stopped[0].reached.wait()
            repeated = await client.refresh(held)
            stopped[0].goes_on.set()
            assert (await first).text == repeated.text
        assert await serves(repeated, client)

    @pytest.mark.row("F-32")
    async def test_a_process_that_dies_after_rotating_leaves_the_pair_for_the_next(
        self, client: Client, processes: Processes
    ) -> None:
        held = (await client.tokens())["refresh_token"]
        stopped: list[Stopped] = []

        def stopping(inner: Grants) -> Stopped:
            stopped.append(Stopped(inner, early=False))
            return stopped[0]

        async with processes.another(grants=stopping) as bridge:
            unanswered = asyncio.create_task(at(bridge, client).refresh(held))
            await stopped[0].reached.wait()
            unanswered.cancel()
            await asyncio.wait([unanswered])
        stored = await self._grant(client)
        again = await client.refresh(held)
        assert await self._grant(client) == stored, "nothing was rotated again"
        assert await serves(again, client)

    @pytest.mark.row("F-41")
    async def test_a_restart_within_the_grace_time_forgets_no_pair(self, processes: Processes) -> None:
        async with processes.another() as before:
            client = await Wire(before).register()
            held = (await client.tokens())["refresh_token"]
            first = await client.refresh(held)
        async with processes.another() as restarted:
            client = at(restarted, client)
            restarted.clock.now += 299
            assert (await client.refresh(held)).json()["refresh_token"] == first.json()["refresh_token"]
            assert await serves(first, client)

    @pytest.mark.row("F-41")
    async def test_a_restart_forgets_no_replay_and_no_end(self, processes: Processes) -> None:
        async with processes.another() as before:
            client = await Wire(before).register()
            held = (await client.tokens())["refresh_token"]
            newest = (await client.refresh(held)).json()
        for _ in range(2):
            async with processes.another() as restarted:
                client = at(restarted, client)
                restarted.clock.now += 300
                assert (await client.refresh(held)).json()["error"] == "invalid_grant"
                assert (await client.refresh(newest["refresh_token"])).json()["error"] == "invalid_grant"
                assert (await client.wire.mcp(newest["access_token"])).status_code == 401

    async def _grant(self, client: Client) -> object:
        grants = client.wire.bridge.adapters.stores.grants
        [grant_id] = await grants.everybodys()
        return await grants.get(grant_id)
