"""Waking `sweep`: an async invocation on Lambda, an event in the same process on one machine."""

from collections.abc import Awaitable, Callable

Wake = Callable[[], Awaitable[None]]
"""Never raises: what is not woken now is found by the schedule."""
