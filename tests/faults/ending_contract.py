"""An ended connection when the sweep is killed, runs twice, or cannot reach the provider.

A subclass gives the fixture `processes`.
"""

import inspect
import json
from dataclasses import replace
from typing import Any

import anyio
import pytest

from mailconnect import pseudonyms
from mailconnect.composition.sweep import sweep
from mailconnect.keys.port import KeyUnavailable
from mailconnect.sandbox.assistant.assistant import Assistant
from mailconnect.sandbox.switches import Fault
from mailconnect.store.audit import Actor, What
from mailconnect.sweep.owner_erasure import LATEST_EVENT
from mailconnect.sweep.revocation import GIVE_UP_AFTER
from tests.bridge import Bridge
from tests.ended_connection import at_provider, refused
from tests.faults.place import OnProcesses, ReadTogether


class Killed(BaseException):
    """kill -9: no handler of the program's sees it."""


class Killing:
    """Adapters of one process, which is killed before it asks one of them for the `last` time."""

    def __init__(self, last: int) -> None:
        self.left = last

    def before(self, adapter: Any) -> Any:
        killing = self

        class Watched:
            def __getattr__(self, name: str) -> Any:
                found = getattr(adapter, name)
                if not inspect.iscoroutinefunction(found):
                    return found

                async def asked(*arguments: Any, **named: Any) -> Any:
                    if not killing.left:
                        raise Killed
                    killing.left -= 1
                    return await found(*arguments, **named)

                return asked

        return Watched()


class NoKey:
    async def open_data_key(self, sealed: bytes, grant_id: str) -> bytes:
        raise KeyUnavailable("disabled")


async def receipt(bridge: Bridge, grant_id: str) -> str | None:
    """The receipt's `provider`."""
    entry = await bridge.adapters.stores.ledger.get(f"receipt:{pseudonyms.grant_hash(grant_id)}", bridge.clock.now)
    return None if entry is None else json.loads(entry.value)["provider"]


class EndingContract(OnProcesses):
    @pytest.fixture
    async def assistant(self, bridge: Bridge) -> Assistant:
        return await bridge.connected()

    @pytest.fixture
    async def ended(self, bridge: Bridge, assistant: Assistant) -> str:
        """The id of its connection, which it has given back."""
        [grant_id] = await bridge.adapters.stores.grants.everybodys()
        await assistant.revoke()
        return grant_id

    @pytest.mark.row("F-34")
    async def test_without_the_key_a_revocation_waits_and_with_it_it_is_made(
        self, bridge: Bridge, assistant: Assistant, ended: str
    ) -> None:
        for _ in range(3):
            await sweep(bridge.adapters, opener=NoKey()).run()
            assert await refused(assistant)
            bridge.clock.now += 3600
        assert at_provider(bridge) == [None]
        await bridge.sweep.run()
        assert (at_provider(bridge), await receipt(bridge, ended)) == (["revoked"], "revoked")

    @pytest.mark.row("F-36")
    async def test_a_sweep_that_is_killed_at_any_step_is_finished_by_the_next(self, bridge: Bridge) -> None:
        steps, killed = 0, True
        while killed:
            assistant = await bridge.connected()
            [grant_id] = await bridge.adapters.stores.grants.everybodys()
            grant = await bridge.adapters.stores.grants.get(grant_id)
            assert grant is not None
            await bridge.adapters.stores.audit.request_erasure(grant.owner, Actor.OWNER)
            await assistant.revoke()
            killing, a = Killing(steps), bridge.adapters
            parts = ("grants", "ledger", "outbox", "events", "counters", "clients")
            stores = replace(a.stores, **{part: killing.before(getattr(a.stores, part)) for part in parts})
            dying = replace(a, stores=stores, oauth=killing.before(a.oauth))
            try:
                await sweep(dying, opener=killing.before(bridge.keys)).run()
                killed = False
            except Killed:
                assert await refused(assistant)
            for _ in range(2):
                bridge.clock.now += LATEST_EVENT
                await bridge.sweep.run()
            assert await bridge.adapters.stores.grants.everybodys() == []
            assert await receipt(bridge, grant_id) == "revoked"
            assert (await bridge.adapters.stores.events.of_owner(grant.owner, bridge.clock.now)).events == []
            steps += 1
        assert steps > 15
        assert at_provider(bridge) == ["revoked"] * steps

    @pytest.mark.row("F-38")
    async def test_while_the_provider_cannot_be_told_the_assistant_is_out_and_it_is_tried_on(
        self, bridge: Bridge, assistant: Assistant, ended: str
    ) -> None:
        bridge.sandbox.switches.add(Fault("revoke", answer=503))
        asked = []
        for _ in range(8):
            await bridge.sweep.run()
            assert await refused(assistant)
            asked.append(bridge.sandbox.counters.requests["revoke"])
            bridge.clock.now += 100
        assert 1 < asked[-1] < 8  # with ever longer pauses
        assert await receipt(bridge, ended) is None
        bridge.sandbox.switches.clear()
        bridge.clock.now += 6 * 3600
        await bridge.sweep.run()
        assert (at_provider(bridge), await receipt(bridge, ended)) == (["revoked"], "revoked")
        assert await bridge.adapters.stores.grants.everybodys() == []

    @pytest.mark.row("F-38")
    async def test_after_a_week_it_is_erased_all_the_same(self, bridge: Bridge, ended: str) -> None:
        bridge.sandbox.switches.add(Fault("revoke", answer="drop"))
        began = bridge.clock.now
        await bridge.sweep.run()
        while (grant := await bridge.adapters.stores.grants.get(ended)) is not None:
            bridge.clock.now = grant.due_at
            await bridge.sweep.run()
        assert GIVE_UP_AFTER <= bridge.clock.now - began < GIVE_UP_AFTER + 86_400
        assert await receipt(bridge, ended) == "not_confirmed"

    @pytest.mark.row("F-39")
    async def test_three_sweeps_at_once_make_one_receipt(self, bridge: Bridge, ended: str) -> None:
        grant = await bridge.adapters.stores.grants.get(ended)
        assert grant is not None
        stores = replace(bridge.adapters.stores, grants=ReadTogether(bridge.adapters.stores.grants, 3))
        together = replace(bridge.adapters, stores=stores)
        async with anyio.create_task_group() as group:
            for _ in range(3):
                group.start_soon(sweep(together, opener=bridge.keys).run)
        assert await bridge.adapters.stores.grants.everybodys() == []
        assert (at_provider(bridge), await receipt(bridge, ended)) == (["revoked"], "revoked")
        told = [
            event.what for event in (await bridge.adapters.stores.events.of_owner(grant.owner, bridge.clock.now)).events
        ]
        assert told.count(What.ERASED) == 1

    @pytest.mark.row("F-39")
    async def test_a_revocation_whose_answer_was_lost_is_made_again_and_harms_nothing(
        self, bridge: Bridge, ended: str
    ) -> None:
        bridge.sandbox.switches.add(Fault("revoke", answer="drop", acts=True, times=1))
        await bridge.sweep.run()
        assert (at_provider(bridge), await receipt(bridge, ended)) == (["revoked"], None)
        bridge.clock.now += 60
        await bridge.sweep.run()
        assert await receipt(bridge, ended) == "revoked"
        assert bridge.sandbox.counters.requests["revoke"] == 2

    @pytest.mark.row("F-39")
    async def test_a_client_that_gives_back_twice_has_one_receipt(
        self, bridge: Bridge, assistant: Assistant, ended: str
    ) -> None:
        for _ in range(2):
            await bridge.sweep.run()
            await assistant.revoke()
        assert await receipt(bridge, ended) == "revoked"
        assert bridge.sandbox.counters.requests["revoke"] == 1
