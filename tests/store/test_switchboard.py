"""The time until a process knows of a switch, and its behaviour when it cannot read the switches."""

from collections.abc import Mapping

import pytest

from mailconnect.store.errors import StoreUnavailable
from mailconnect.store.memory import MemorySwitches
from mailconnect.store.switchboard import KNOWN_FOR, READ_EVERY, TRY_AGAIN_AFTER, Switchboard
from mailconnect.store.switches import Switch
from tests.bridge import TurnedClock

pytestmark = pytest.mark.anyio

ONE = Switch.NO_NEW_GRANTS


class Counted(MemorySwitches):
    def __init__(self) -> None:
        super().__init__()
        self.read = 0
        self.answers = True

    async def turned_on(self) -> Mapping[Switch, int]:
        self.read += 1
        if not self.answers:
            raise StoreUnavailable("gone")
        return await super().turned_on()


async def test_nothing_is_read_before_it_is_asked_for_and_once_in_thirty_seconds() -> None:
    switches, clock = Counted(), TurnedClock()
    board = Switchboard(switches, clock)
    assert switches.read == 0
    for _ in range(5):
        assert [await board.is_on(switch) for switch in Switch] == [False] * len(Switch)
    assert switches.read == 1
    clock.now += READ_EVERY
    await board.is_on(ONE)
    assert switches.read == 2


@pytest.mark.row("DP-11")
async def test_a_switch_is_known_within_thirty_seconds() -> None:
    switches, clock = Counted(), TurnedClock()
    board = Switchboard(switches, clock)
    assert not await board.is_on(ONE)
    await switches.turn_on(ONE, clock())
    clock.now += READ_EVERY
    assert await board.is_on(ONE)
    await switches.turn_off(ONE)
    clock.now += READ_EVERY
    assert not await board.is_on(ONE)


@pytest.mark.row("DP-11")
@pytest.mark.parametrize("on", [True, False])
async def test_without_the_store_what_was_known_holds_for_five_minutes(*, on: bool) -> None:
    switches, clock = Counted(), TurnedClock()
    if on:
        await switches.turn_on(ONE, clock())
    board = Switchboard(switches, clock)
    assert await board.is_on(ONE) is on
    switches.answers = False
    for _ in range(KNOWN_FOR - 1):
        clock.now += 1
        assert await board.is_on(ONE) is on
    assert switches.read == 1 + (KNOWN_FOR - READ_EVERY) // TRY_AGAIN_AFTER
    clock.now += 1
    with pytest.raises(StoreUnavailable):
        await board.is_on(ONE)
    switches.answers = True
    clock.now += TRY_AGAIN_AFTER
    assert await board.is_on(ONE) is on


@pytest.mark.row("DP-11")
async def test_a_process_that_has_never_read_the_switches_refuses_until_it_has() -> None:
    switches, clock = Counted(), TurnedClock()
    switches.answers = False
    board = Switchboard(switches, clock)
    for _ in range(3):
        with pytest.raises(StoreUnavailable):
            await board.is_on(ONE)
    assert switches.read == 1  # an outage is not answered with a storm
    switches.answers = True
    clock.now += TRY_AGAIN_AFTER
    assert not await board.is_on(ONE)


async def test_a_clock_that_was_set_back_is_no_reason_to_wait_for_it() -> None:
    switches, clock = Counted(), TurnedClock()
    board = Switchboard(switches, clock)
    await board.is_on(ONE)
    clock.now -= 86_400
    await switches.turn_on(ONE, clock())
    assert await board.is_on(ONE)
