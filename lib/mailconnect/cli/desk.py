"""What answers an operator's commands, wherever it is."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from mailconnect.cli.subcommand import CommandFailed

Answer = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Desk:
    """`obey` is mailconnect.operator.commands's; `sweep` does one round of what it asked for, or waits for one."""

    obey: Callable[[Any], Awaitable[Answer]]
    sweep: Callable[[], Awaitable[object]]

    async def ask(self, event: Answer) -> Answer:
        """Raises CommandFailed."""
        answer = await self.obey(event)
        if "error" in answer:
            raise CommandFailed(answer["error"])
        return answer
