import asyncio

import pytest

from mailconnect.local.sweeper import ERASE_SECONDS, SHARE, Sweeper, Traces

pytestmark = pytest.mark.anyio


class Clockwork:
    """A database whose rewriting takes `seconds`, and the timer that sees it."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.now = 0.0
        self.rewritten = 0

    async def erase_traces(self) -> None:
        self.rewritten += 1
        self.now += self.seconds

    def timer(self) -> float:
        return self.now


async def rounds(clockwork: Clockwork, traces: Traces, *erased: int) -> list[int]:
    """How often the file had been rewritten after each round; a round comes every minute."""
    seen = []
    for count in erased:
        await traces.erase(count)
        seen.append(clockwork.rewritten)
        clockwork.now += 60
    return seen


async def test_nothing_is_rewritten_where_nothing_was_erased() -> None:
    clockwork = Clockwork(1)
    assert await rounds(clockwork, Traces(clockwork, 0, clockwork.timer), 0, 0, 0) == [0, 0, 0]


async def test_the_traces_of_a_killed_process_go_in_the_first_round() -> None:
    clockwork = Clockwork(1)
    assert await rounds(clockwork, Traces(clockwork, 1, clockwork.timer), 0, 0) == [1, 1]


async def test_the_file_is_rewritten_at_once_and_then_every_ten_minutes_at_most() -> None:
    clockwork = Clockwork(0)
    traces = Traces(clockwork, 0, clockwork.timer)
    assert await rounds(clockwork, traces, *[1] * 11) == [1] * (ERASE_SECONDS // 60) + [2]


async def test_a_large_file_is_rewritten_for_a_hundredth_of_the_time_at_most() -> None:
    clockwork = Clockwork(30)
    traces = Traces(clockwork, 0, clockwork.timer)
    seen = await rounds(clockwork, traces, *[1] * 200)
    assert seen[-1] * clockwork.seconds * SHARE <= clockwork.now + clockwork.seconds * SHARE
    assert seen[-1] == 4


class Steps:
    """A sweep, and a Storing with tokens in hand until it has stored them."""

    def __init__(self) -> None:
        self.in_hand = True
        self.done: list[str] = []
        self.twice = asyncio.Event()

    async def store_what_is_in_hand(self) -> None:
        self.done.append("store")
        self.in_hand = False

    async def run(self) -> int:
        self.done.append("sweep")
        if self.done.count("sweep") == 2:
            self.twice.set()
        return 0


@pytest.mark.row("F-37")
async def test_tokens_that_the_process_alone_has_are_stored_before_it_sweeps() -> None:
    steps, woken = Steps(), asyncio.Event()
    woken.set()
    running = asyncio.create_task(Sweeper(steps, Clockwork(0), woken, killed=False, storing=steps).run())
    await steps.twice.wait()
    running.cancel()
    assert steps.done == ["store", "sweep", "sweep"]
