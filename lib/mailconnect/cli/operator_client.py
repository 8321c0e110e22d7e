"""Sends an operator's commands to the store of this machine or to a deployed function."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from mailconnect.cli.subcommand import CommandFailed

Reply = dict[str, Any]


@dataclass(frozen=True, slots=True)
class OperatorClient:
    """`obey` is that of mailconnect.operator.commands. `sweep` runs one round of the sweep, or waits for one."""

    obey: Callable[[Any], Awaitable[Reply]]
    sweep: Callable[[], Awaitable[object]]

    async def ask(self, event: Reply) -> Reply:
        """Raises CommandFailed."""
        reply = await self.obey(event)
        if "error" in reply:
            raise CommandFailed(reply["error"])
        return reply
