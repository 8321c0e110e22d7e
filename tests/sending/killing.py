"""A process that is killed at one of its steps, and what others make of what it leaves."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

from mailconnect.sending.outcome import AlreadySent, Held, Outcome, Sent
from tests.provider.strict_provider import nothing
from tests.sending.sender import Sender


class Killed(BaseException):
    """The process is gone."""


@contextmanager
def killed_at(sender: Sender, step: int) -> Iterator[list[str]]:
    """The code inside is killed before or after one of its requests; `step` counts both."""
    seen: list[str] = []

    async def count(name: str) -> None:
        seen.append(name)
        if len(seen) == step:
            raise Killed

    sender.before = sender.after = count
    try:
        yield seen
    finally:
        sender.before = sender.after = nothing


async def dies(sender: Sender, step: int, act: Callable[[], Awaitable[object]]) -> bool:
    """Whether it was killed; False where it came to its end before that step."""
    with killed_at(sender, step):
        try:
            await act()
        except Killed:
            return True
    return False


async def settled(act: Callable[[], Awaitable[Outcome]], *, maximum: int = 4) -> Outcome:
    """The result of the same call in the end, in processes that are not killed."""
    outcome = await act()
    for _ in range(maximum):
        if isinstance(outcome, Sent | Held | AlreadySent):
            return outcome
        outcome = await act()
    return outcome
