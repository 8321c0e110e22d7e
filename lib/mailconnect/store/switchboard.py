"""The switches as a process sees them: looked up when one is asked for, and at most every 30 seconds.

While they cannot be read, what was last read holds for five minutes. After that, and where nothing was read yet, who
asks is told so and does nothing that a switch might forbid.
"""

from collections.abc import Mapping

from mailconnect.clock import Clock
from mailconnect.store.errors import StoreUnavailable
from mailconnect.store.switches import Switch, Switches

READ_EVERY = 30
"""Seconds: so long may a process not know of a switch."""

TRY_AGAIN_AFTER = 5
"""Seconds, where the store did not answer."""

KNOWN_FOR = 300
"""Seconds, while it does not."""


class Switchboard:
    """Nothing is read before a switch is asked for (SnapStart)."""

    def __init__(self, switches: Switches, clock: Clock) -> None:
        self._switches = switches
        self._clock = clock
        self._known: Mapping[Switch, int] = {}
        self._known_at: int | None = None
        self._tried_at: int | None = None
        self._pause = READ_EVERY

    async def is_on(self, switch: Switch) -> bool:
        """Raises StoreUnavailable."""
        now = self._clock()
        if not _within(self._pause, self._tried_at, now):
            await self._read(now)
        if not _within(KNOWN_FOR, self._known_at, now):
            raise StoreUnavailable("the switches are not known")
        return switch in self._known

    async def forbids_writing(self) -> bool:
        """Whether nothing may be changed at the provider and nothing sent now. A switch that cannot be read forbids."""
        try:
            return await self.is_on(Switch.READ_ONLY)
        except StoreUnavailable:
            return True

    async def _read(self, now: int) -> None:
        self._tried_at = now
        try:
            self._known = await self._switches.turned_on()
        except StoreUnavailable:
            self._pause = TRY_AGAIN_AFTER
        else:
            self._known_at, self._pause = now, READ_EVERY


def _within(seconds: int, then: int | None, now: int) -> bool:
    """A clock that was set back is no reason to wait for it."""
    return then is not None and 0 <= now - then < seconds
