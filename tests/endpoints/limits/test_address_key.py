"""The key that addresses are counted under: the same for all processes of an hour, and unknown outside."""

import asyncio
import hashlib
from pathlib import Path
from random import Random

import pytest

from mailconnect.endpoints.limits.address_key import AddressKey
from mailconnect.store.errors import AlreadyExists, StoreUnavailable
from mailconnect.store.ledger import Entry
from mailconnect.store.memory import MemoryLedger
from tests.bridge import START, TurnedClock, running_bridge
from tests.endpoints.wire import Wire

pytestmark = pytest.mark.anyio

HOUR = 3600


class Numbers:
    """Each call gives other bytes."""

    def __init__(self, first: int = 0) -> None:
        self.next = first

    def __call__(self, size: int) -> bytes:
        self.next += 1
        return self.next.to_bytes(size)


class Watched(MemoryLedger):
    """Counts what is read of it."""

    def __init__(self) -> None:
        super().__init__()
        self.stored = MemoryLedger()
        self.asked = 0

    async def get(self, key: str, now: int) -> Entry | None:
        self.asked += 1
        found = await self.stored.get(key, now)
        await asyncio.sleep(0)  # others come between reading and writing
        return found

    async def put(self, entry: Entry, now: int) -> None:
        await self.stored.put(entry, now)


async def test_processes_share_a_key_for_an_hour_and_read_it_once() -> None:
    ledger, clock, numbers = Watched(), TurnedClock(START - START % HOUR), Numbers()
    one, other = (AddressKey(ledger, clock, numbers) for _ in range(2))
    first = await one.now()
    assert len(first) == 32
    clock.now += HOUR - 1
    assert await other.now() == first
    asked = ledger.asked
    assert [await one.now(), await other.now()] == [first] * 2
    assert ledger.asked == asked
    clock.now += 1
    second = await one.now()
    assert second != first
    assert await other.now() == second


@pytest.mark.row("FL-10")
async def test_the_key_of_an_hour_takes_the_place_of_the_one_before() -> None:
    """Under a key that is gone, no address can be tried. A store that deletes late keeps one all the same."""
    ledger, clock = MemoryLedger(), TurnedClock(START - START % HOUR)
    keys = AddressKey(ledger, clock, Numbers())
    first = await keys.now()
    clock.now += HOUR
    second = await keys.now()
    assert [entry.value for entry in ledger._entries.values()] == [second] != [first]


async def test_a_process_whose_clock_is_behind_uses_the_key_that_is_there() -> None:
    ledger, clock, behind = MemoryLedger(), TurnedClock(START - START % HOUR), TurnedClock(START - START % HOUR - 5)
    key = await AddressKey(ledger, clock, Numbers()).now()
    assert await AddressKey(ledger, behind, Numbers(7)).now() == key


async def test_of_processes_that_are_first_at_once_one_makes_it() -> None:
    ledger, clock, numbers = Watched(), TurnedClock(), Numbers()
    keys = [AddressKey(ledger, clock, numbers) for _ in range(5)]
    assert len(set(await asyncio.gather(*(key.now() for key in keys)))) == 1


async def test_the_key_of_an_hour_is_swept_away_after_it() -> None:
    ledger, clock = MemoryLedger(), TurnedClock(START - START % HOUR)
    await AddressKey(ledger, clock, Numbers()).now()
    assert await ledger.delete_expired(clock.now + HOUR - 1) == 0
    assert await ledger.delete_expired(clock.now + HOUR) == 1


async def test_a_key_that_cannot_be_read_is_no_key() -> None:
    class Lost(MemoryLedger):
        async def put(self, entry: Entry, now: int) -> None:
            raise AlreadyExists("ledger entry")

    with pytest.raises(StoreUnavailable):
        await AddressKey(Lost(), TurnedClock(), Numbers()).now()


async def buckets(folder: Path, seed: int) -> set[str]:
    async with running_bridge(folder, entropy=Random(seed).randbytes) as bridge:
        for number in range(8):
            await Wire(bridge, f"198.18.0.{number}").register()
        rows = bridge.database.read("SELECT key FROM counters WHERE key LIKE 'limit:registrations:%'", ())
        return {key.rpartition(":")[2] for (key,) in rows}


@pytest.mark.row("DP-13")
async def test_nobody_outside_can_tell_in_which_bucket_an_address_is(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Else an attacker would choose addresses that use up a victim's limit."""
    computed = {hashlib.sha256(f"198.18.0.{number}/32".encode()).hexdigest()[:5] for number in range(8)}
    one, other = await buckets(tmp_path_factory.mktemp("one"), 1), await buckets(tmp_path_factory.mktemp("other"), 2)
    assert len(one) == len(other) == 8
    assert one.isdisjoint(other)
    assert computed.isdisjoint(one | other)


@pytest.mark.row("F-47")
async def test_nobody_registers_while_the_key_cannot_be_read(tmp_path: Path) -> None:
    class Broken(MemoryLedger):
        async def get(self, key: str, now: int) -> Entry | None:
            raise StoreUnavailable("broken")

    async with running_bridge(tmp_path, ledger=Broken()) as broken:
        answer = await Wire(broken, "198.18.0.1")("POST", "/register", json={"redirect_uris": ["https://app.example/"]})
        assert answer.status_code == 503
        assert broken.database.read("SELECT * FROM clients", ()) == []
