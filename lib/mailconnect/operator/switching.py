"""Turning switches on and off."""

from dataclasses import dataclass

from mailconnect import log
from mailconnect.clock import Clock
from mailconnect.operator.command import BadCommand, Command, Reply
from mailconnect.store.switches import Switch, Switches


@dataclass(frozen=True, slots=True)
class Switching:
    switches: Switches
    clock: Clock

    async def shown(self) -> Reply:
        since = await self.switches.turned_on()
        return {"switches": {switch: {"on": switch in since, "since": since.get(switch)} for switch in Switch}}

    async def turn(self, command: Command) -> Reply:
        """How all switches are afterwards. Raises BadCommand."""
        name, on = command.get("name"), command.get("on")
        switch = next((one for one in Switch if one == name), None)
        if switch is None or not isinstance(on, bool):
            raise BadCommand(f"Name one of {', '.join(Switch)}, and whether it is to be on: true or false.")
        await (self.switches.turn_on(switch, self.clock()) if on else self.switches.turn_off(switch))
        log.record("switch_turned", switch=switch, on="yes" if on else "no")
        return await self.shown()
