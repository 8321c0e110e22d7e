"""What every store of counters must do. A subclass gives the fixtures `counters` and `counters_elsewhere`, a second
instance onto the same data."""

import asyncio

import pytest

from mailconnect.store.counters import Counter, Counters

NOW = 1_800_000_000
KEY = "limit:calls:1799999940:0123456789abcdef"


def counter(count: int = 1, key: str = KEY, ends: int = NOW + 60) -> Counter:
    return Counter(key=key, count=count, expires_at=ends)


class CountersContract:
    expires_by_itself = False
    """Whether expired items go without `delete_expired`."""

    async def test_the_sum_is_told_and_never_exceeds_the_most(
        self, counters: Counters, counters_elsewhere: Counters
    ) -> None:
        assert await counters.add(counter(), 5) == 1
        assert await counters_elsewhere.add(counter(3), 5) == 4
        assert await counters.add(counter(2), 5) is None
        assert await counters.add(counter(), 5) == 5
        assert await counters_elsewhere.add(counter(), 5) is None

    async def test_a_refused_addition_was_not_counted(self, counters: Counters) -> None:
        assert await counters.add(counter(6), 5) is None
        assert await counters.add(counter(5), 5) == 5

    async def test_each_key_is_counted_by_itself(self, counters: Counters) -> None:
        assert await counters.add(counter(), 1) == 1
        assert await counters.add(counter(key=f"{KEY}0"), 1) == 1
        assert await counters.add(counter(), 1) is None

    async def test_of_twenty_at_once_as_many_are_let_in_as_there_is_room(
        self, counters: Counters, counters_elsewhere: Counters
    ) -> None:
        outcomes = await asyncio.gather(*((counters, counters_elsewhere)[n % 2].add(counter(), 7) for n in range(20)))
        assert sorted(total for total in outcomes if total is not None) == [1, 2, 3, 4, 5, 6, 7]

    async def test_counters_of_the_past_are_deleted_and_no_others(self, counters: Counters) -> None:
        await counters.add(counter(key="limit:old", ends=NOW), 5)
        await counters.add(counter(), 5)
        assert await counters.delete_expired(NOW) == (0 if self.expires_by_itself else 1)
        assert await counters.add(counter(), 5) == 2

    @pytest.mark.parametrize("count", [1, 10**9])
    async def test_large_sums_are_exact(self, counters: Counters, count: int) -> None:
        assert await counters.add(counter(count), 10**10) == count
        assert await counters.add(counter(count), 10**10) == 2 * count
