"""What every outbox must do. A subclass gives the fixtures `outbox` and `outbox_elsewhere`, another process's."""

import asyncio
import dataclasses

import pytest

from mailconnect.grants.props import open_props
from mailconnect.grants.provider_refresh.refreshed import Refreshed, seal_refreshed, store_refreshed
from mailconnect.grants.update import applied
from mailconnect.store.outbox import Outbox
from tests.store.grants_contract import filled
from tests.store.transitions import PROPS, seeded

GRANT = filled()
DATA_KEY = bytes(32)
VERSION = GRANT.props_version + 1
REFRESHED = seal_refreshed(GRANT, PROPS, "attempt-1", DATA_KEY, seeded(5))
NEWER = dataclasses.replace(REFRESHED, props=b"newer", props_version=VERSION + 1, refreshed_by="attempt-2")


class OutboxContract:
    @pytest.mark.row("F-16")
    async def test_waiting_tokens_are_found_by_any_process_as_they_were_put(
        self, outbox: Outbox, outbox_elsewhere: Outbox
    ) -> None:
        await outbox.put(GRANT, REFRESHED)
        assert await outbox_elsewhere.get(GRANT.id) == REFRESHED
        assert await outbox.get(GRANT.id) == REFRESHED

    @pytest.mark.row("F-16")
    async def test_waiting_tokens_can_be_stored_by_a_process_that_cannot_open_them(
        self, outbox: Outbox, outbox_elsewhere: Outbox
    ) -> None:
        await outbox.put(GRANT, REFRESHED)
        waiting = await outbox_elsewhere.get(GRANT.id)
        assert waiting is not None
        stored = applied(GRANT, store_refreshed(waiting))
        assert stored is not None
        assert open_props(stored, DATA_KEY) == PROPS

    @pytest.mark.parametrize("strange", ["", "../x", "x" * 3000], ids=ascii)
    async def test_for_a_grant_of_which_nothing_waits_there_is_nothing(self, outbox: Outbox, strange: str) -> None:
        await outbox.put(GRANT, REFRESHED)
        assert await outbox.get(strange) is None
        await outbox.remove(strange, 99)
        assert await outbox.get(GRANT.id) == REFRESHED

    async def test_newer_tokens_take_the_place_of_older_ones_and_never_the_other_way(
        self, outbox: Outbox, outbox_elsewhere: Outbox
    ) -> None:
        await outbox.put(GRANT, REFRESHED)
        await outbox_elsewhere.put(GRANT, NEWER)
        await outbox.put(GRANT, REFRESHED)
        assert await outbox.get(GRANT.id) == NEWER

    async def test_the_same_again_changes_nothing(self, outbox: Outbox) -> None:
        await outbox.put(GRANT, REFRESHED)
        await outbox.put(GRANT, REFRESHED)
        assert await outbox.get(GRANT.id) == REFRESHED

    async def test_removed_tokens_are_gone_and_may_be_removed_again(
        self, outbox: Outbox, outbox_elsewhere: Outbox
    ) -> None:
        await outbox.put(GRANT, REFRESHED)
        await outbox_elsewhere.remove(GRANT.id, VERSION)
        assert await outbox.get(GRANT.id) is None
        await outbox.remove(GRANT.id, VERSION)
        await outbox.put(GRANT, REFRESHED)
        assert await outbox.get(GRANT.id) == REFRESHED

    @pytest.mark.row("F-18")
    async def test_a_late_process_removes_nothing_that_is_newer(self, outbox: Outbox, outbox_elsewhere: Outbox) -> None:
        await outbox.put(GRANT, NEWER)
        await outbox_elsewhere.remove(GRANT.id, VERSION)
        assert await outbox.get(GRANT.id) == NEWER
        await outbox_elsewhere.remove(GRANT.id, VERSION + 1)
        assert await outbox.get(GRANT.id) is None

    async def test_of_many_at_once_the_newest_stays(self, outbox: Outbox, outbox_elsewhere: Outbox) -> None:
        some = [
            dataclasses.replace(REFRESHED, props=bytes([number]), props_version=VERSION + number)
            for number in (3, 7, 1, 9, 0, 8, 2, 6, 5, 4)
        ]
        await asyncio.gather(
            *((outbox, outbox_elsewhere)[number % 2].put(GRANT, one) for number, one in enumerate(some))
        )
        assert await outbox.get(GRANT.id) == some[3]

    async def test_grants_do_not_meet(self, outbox: Outbox) -> None:
        other = dataclasses.replace(GRANT, id="another")
        await outbox.put(GRANT, REFRESHED)
        await outbox.put(other, NEWER)
        await outbox.remove(other.id, VERSION + 1)
        assert await outbox.get(GRANT.id) == REFRESHED

    @pytest.mark.row("ST-01")
    def test_waiting_tokens_are_sealed_and_not_shown(self) -> None:
        refreshed: Refreshed = REFRESHED
        assert PROPS.access_token.encode() not in refreshed.props
        assert "props=" not in repr(refreshed)
