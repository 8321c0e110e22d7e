"""What every store of switches must do. A subclass gives the fixtures `switches` and `switches_elsewhere`, a second
instance onto the same data."""

import asyncio

import pytest

from mailconnect.store.switches import Switch, Switches

NOW = 1_800_000_000


class SwitchesContract:
    async def test_at_first_none_is_on(self, switches: Switches) -> None:
        assert await switches.turned_on() == {}

    @pytest.mark.row("DP-11")
    @pytest.mark.parametrize("switch", Switch)
    async def test_each_is_turned_on_and_off_for_everybody(
        self, switches: Switches, switches_elsewhere: Switches, switch: Switch
    ) -> None:
        await switches.turn_on(switch, NOW)
        assert await switches_elsewhere.turned_on() == {switch: NOW}
        await switches_elsewhere.turn_off(switch)
        assert await switches.turned_on() == {}

    async def test_a_switch_that_is_on_stays_on_since_when_it_was(self, switches: Switches) -> None:
        await switches.turn_on(Switch.READ_ONLY, NOW)
        await switches.turn_on(Switch.READ_ONLY, NOW + 60)
        assert await switches.turned_on() == {Switch.READ_ONLY: NOW}
        await switches.turn_off(Switch.READ_ONLY)
        await switches.turn_on(Switch.READ_ONLY, NOW + 90)
        assert await switches.turned_on() == {Switch.READ_ONLY: NOW + 90}

    async def test_a_switch_that_is_off_can_be_turned_off(self, switches: Switches) -> None:
        await switches.turn_off(Switch.READ_ONLY)
        assert await switches.turned_on() == {}

    async def test_turning_several_at_once_forgets_none(self, switches: Switches, switches_elsewhere: Switches) -> None:
        await asyncio.gather(
            *((switches, switches_elsewhere)[number % 2].turn_on(one, NOW) for number, one in enumerate(Switch))
        )
        assert await switches.turned_on() == dict.fromkeys(Switch, NOW)
        await switches.turn_off(Switch.NO_NEW_GRANTS)
        assert {*Switch} - {*await switches.turned_on()} == {Switch.NO_NEW_GRANTS}
