"""Counting in the process first, and in the store for all processes together."""

import asyncio

import pytest

from mailconnect.endpoints.limits.limiter import _MAX_KEPT, Limit, Limiter, counter_key
from mailconnect.endpoints.limits.source import EVERYBODY
from mailconnect.store.counters import Counter
from mailconnect.store.errors import StoreUnavailable
from mailconnect.store.memory import MemoryCounters
from tests.bridge import TurnedClock

pytestmark = pytest.mark.anyio


class Watched(MemoryCounters):
    """`added` is each write; `broken` makes the next ones fail."""

    def __init__(self) -> None:
        super().__init__()
        self.added: list[int] = []
        self.broken = False

    async def add(self, counter: Counter, maximum: int) -> int | None:
        if self.broken:
            raise StoreUnavailable("broken")
        self.added.append(counter.count)
        await asyncio.sleep(0)
        return await super().add(counter, maximum)


EXACT = Limit("exact", 3, 60)
STEPPED = Limit("stepped", 20, 60, step=5)
HOURLY = Limit("registrations", 20, 3600)


def clock() -> TurnedClock:
    return TurnedClock(1_800_000_000 - 1_800_000_000 % 60 + 15)


async def takes(limiter: Limiter, limit: Limit, times: int, whose: str = "a") -> list[int]:
    return [await limiter.take(limit, whose) for _ in range(times)]


async def test_a_call_over_the_limit_waits_for_the_next_window_and_costs_no_write() -> None:
    store, now = Watched(), clock()
    limiter = Limiter(store, now)
    assert await takes(limiter, EXACT, 6) == [0, 0, 0, 45, 45, 45]
    assert store.added == [1, 1, 1]
    assert await takes(limiter, EXACT, 1, "another") == [0]
    now.now += 45
    assert await takes(limiter, EXACT, 4) == [0, 0, 0, 60]


async def test_two_processes_share_a_limit() -> None:
    store, now = Watched(), clock()
    one, other = Limiter(store, now), Limiter(store, now)
    assert await takes(one, EXACT, 2) == [0, 0]
    assert await takes(other, EXACT, 3) == [0, 45, 45]
    assert await takes(one, EXACT, 2) == [45, 45]
    assert store.added == [1, 1, 1, 1]  # a process that is told so once asks no more


async def test_less_than_a_step_writes_nothing_and_a_step_is_one_write() -> None:
    store = Watched()
    limiter = Limiter(store, clock())
    assert await takes(limiter, STEPPED, 4) == [0] * 4
    assert store.added == []
    assert await takes(limiter, STEPPED, 6) == [0] * 6
    assert store.added == [5, 5]


async def test_one_process_is_exact_whatever_the_step() -> None:
    limiter = Limiter(Watched(), clock())
    assert await takes(limiter, STEPPED, 22) == [0] * 20 + [45, 45]


async def test_another_process_adds_less_than_a_step() -> None:
    store, now = Watched(), clock()
    limiters = [Limiter(store, now) for _ in range(4)]
    for _ in range(20):
        for limiter in limiters:
            await limiter.take(STEPPED, "a")
    let_in = sum(store.added)
    assert 20 <= let_in < 20 + 4 * STEPPED.step
    assert [await limiter.take(STEPPED, "a") for limiter in limiters] == [45] * 4


async def test_of_many_at_once_as_many_are_let_in_as_there_is_room() -> None:
    limiter = Limiter(Watched(), clock())
    waits = await asyncio.gather(*(limiter.take(STEPPED, "a") for _ in range(50)))
    assert waits.count(0) == 20


@pytest.mark.row("F-47")
async def test_while_the_store_is_broken_it_says_so_and_still_counts_here() -> None:
    store = Watched()
    limiter = Limiter(store, clock())
    store.broken = True
    for _ in range(3):
        with pytest.raises(StoreUnavailable):
            await limiter.take(EXACT, "a")
    assert await limiter.take(EXACT, "a") == 45
    stepped = [limiter.take(STEPPED, "b") for _ in range(7)]
    outcomes = [await one for one in stepped[:4]]
    for one in stepped[4:]:
        with pytest.raises(StoreUnavailable):
            await one
    store.broken = False
    assert outcomes == [0] * 4
    assert await limiter.take(STEPPED, "b") == 0
    assert store.added == [8]


async def test_so_many_are_remembered_and_no_more() -> None:
    limiter = Limiter(Watched(), clock())
    for number in range(_MAX_KEPT + 10):
        await limiter.take(STEPPED, str(number))
    assert len(limiter._seen) == _MAX_KEPT


async def test_a_look_counts_nothing_and_knows_what_was_counted_here() -> None:
    store, now = Watched(), clock()
    limiter = Limiter(store, now)
    assert [limiter.wait(EXACT, "a") for _ in range(5)] == [0] * 5
    assert await takes(limiter, EXACT, 2) == [0, 0]
    assert limiter.wait(EXACT, "a") == 0
    assert await takes(limiter, EXACT, 1) == [0]
    assert (limiter.wait(EXACT, "a"), limiter.wait(EXACT, "another")) == (45, 0)
    now.now += 45
    assert limiter.wait(EXACT, "a") == 0


async def test_a_request_at_work_counts_for_a_look_and_for_nothing_else() -> None:
    limiter = Limiter(Watched(), clock())
    with limiter.at_work(EXACT, "a"), limiter.at_work(EXACT, "a"):
        assert limiter.wait(EXACT, "a") == 0
        with limiter.at_work(EXACT, "a"):
            assert (limiter.wait(EXACT, "a"), limiter.wait(EXACT, "another")) == (1, 0)
        assert limiter.wait(EXACT, "a") == 0
        assert await takes(limiter, EXACT, 4) == [0, 0, 0, 45]
        assert limiter.wait(EXACT, "a") == 45
    assert not limiter._at_work


async def test_several_are_counted_at_once_or_not_at_all() -> None:
    limiter = Limiter(Watched(), clock())
    assert [await limiter.take(EXACT, "a", 2) for _ in range(2)] == [0, 45]
    assert await limiter.take(EXACT, "a") == 0


async def test_the_sum_is_told_across_processes() -> None:
    store, now = Watched(), clock()
    one, other = Limiter(store, now), Limiter(store, now)
    assert [(await each.taken(EXACT, "a")).sum for each in (one, other, one, other)] == [1, 2, 3, 3]


@pytest.mark.parametrize(("now", "start", "left"), [(7200, 7200, 3600), (7201, 7200, 3599), (10799, 7200, 1)])
def test_every_moment_lies_in_one_window(now: int, start: int, left: int) -> None:
    assert (HOURLY.start(now), HOURLY.left(now)) == (start, left)


def test_a_grant_is_counted_under_another_hash_for_each_limit_and_window() -> None:
    other = Limit("other", 20, 3600)
    keys = [counter_key(limit.name, limit.start(now), "grant") for limit in (HOURLY, other) for now in (7200, 10_800)]
    assert len({key.rpartition(":")[2] for key in keys}) == 4
    assert {len(key.rpartition(":")[2]) for key in keys} == {32}
    assert counter_key("registrations", 7200, EVERYBODY) == "limit:registrations:7200:all"
