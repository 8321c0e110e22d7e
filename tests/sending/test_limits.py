"""How often a connection may send, and how often it may ask its owner."""

from dataclasses import dataclass, field
from hashlib import sha256

import pytest

from mailconnect.sending.limits import SendingLimits
from mailconnect.sending.outcome import Limited, SendingLimit
from mailconnect.store.counters import Counter
from mailconnect.store.memory import MemoryCounters

pytestmark = pytest.mark.anyio

DAY = 86_400
MIDNIGHT = 20_000 * DAY
NOON = MIDNIGHT + DAY // 2


@dataclass
class Connection:
    """A clock that is turned by hand, and the counters that were written."""

    now: int = NOON
    written: list[Counter] = field(default_factory=list)
    counted: MemoryCounters = field(default_factory=MemoryCounters)

    async def add(self, counter: Counter, maximum: int) -> int | None:
        self.written.append(counter)
        return await self.counted.add(counter, maximum)

    async def delete_expired(self, now: int) -> int:
        return await self.counted.delete_expired(now)

    @property
    def limits(self) -> SendingLimits:
        return SendingLimits(self, lambda: self.now)

    async def sends(self, *, a_day: int = 100, new: int = 0, grant_id: str = "grant") -> Limited | None:
        return await self.limits.send(grant_id, a_day=a_day, new=new)


@pytest.fixture
def connection() -> Connection:
    return Connection()


async def test_five_messages_leave_in_a_minute_and_the_sixth_waits_for_the_next(connection: Connection) -> None:
    connection.now = NOON + 10
    for _ in range(5):
        assert await connection.sends() is None
    assert await connection.sends() == Limited(SendingLimit.MINUTE, 5, 50)
    connection.now = NOON + 60
    assert await connection.sends() is None


async def test_thirty_messages_leave_in_an_hour_and_the_next_waits_for_the_next_hour(connection: Connection) -> None:
    for _ in range(30):
        assert await connection.sends() is None
        connection.now += 60
    assert await connection.sends() == Limited(SendingLimit.HOUR, 30, 1800)
    connection.now = NOON + 3600
    assert await connection.sends() is None


async def test_as_many_messages_leave_in_a_day_as_the_owner_says(connection: Connection) -> None:
    assert await connection.sends(a_day=2) is None
    assert await connection.sends(a_day=2) is None
    assert await connection.sends(a_day=2) == Limited(SendingLimit.DAY, 2, DAY // 2)
    connection.now = MIDNIGHT + DAY
    assert await connection.sends(a_day=2) is None


async def test_messages_leave_for_ten_new_recipients_in_a_day(connection: Connection) -> None:
    assert await connection.sends(new=9) is None
    assert await connection.sends(new=2) == Limited(SendingLimit.NEW_RECIPIENTS, 10, DAY // 2)
    assert await connection.sends(new=1) is None
    assert await connection.sends() is None
    connection.now = MIDNIGHT + DAY
    assert await connection.sends(new=10) is None


async def test_a_message_past_the_days_number_uses_up_no_new_recipients(connection: Connection) -> None:
    assert await connection.sends(a_day=1) is None
    assert await connection.sends(a_day=1, new=10) == Limited(SendingLimit.DAY, 1, DAY // 2)
    assert await connection.sends(new=10) is None


async def test_fifty_messages_are_put_before_the_owner_in_a_day(connection: Connection) -> None:
    connection.now = MIDNIGHT
    for _ in range(50):
        assert await connection.limits.ask("grant") is None
        connection.now += 900
    assert await connection.limits.ask("grant") == Limited(SendingLimit.DAY, 50, DAY - 50 * 900)
    assert await connection.sends(a_day=1) is None, "what was asked is not what was sent"


async def test_asking_is_as_slow_as_sending(connection: Connection) -> None:
    for _ in range(3):
        assert await connection.sends() is None
    for _ in range(2):
        assert await connection.limits.ask("grant") is None
    assert await connection.limits.ask("grant") == Limited(SendingLimit.MINUTE, 5, 60)


async def test_each_connection_is_counted_by_itself(connection: Connection) -> None:
    for _ in range(5):
        assert await connection.sends() is None
    assert await connection.sends() is not None
    assert await connection.sends(grant_id="another") is None
    connection.now = MIDNIGHT + DAY
    for _ in range(50):
        assert await connection.limits.ask("grant") is None
        connection.now += 900
    assert await connection.limits.ask("grant") is not None
    assert await connection.limits.ask("another") is None


async def test_a_counter_names_its_window_and_its_end_and_not_the_grant(connection: Connection) -> None:
    """Counters of one release are counted on by the next: their keys stay the same."""
    connection.now = NOON + 10
    await connection.sends(new=3)
    ends = {"minute": NOON + 60, "hour": NOON + 3600, "day": MIDNIGHT + DAY, "new-recipients": MIDNIGHT + DAY}
    for counter, (span, end) in zip(connection.written, ends.items(), strict=True):
        kind, name, start, whose = counter.key.split(":")
        assert (kind, name, counter.expires_at) == ("limit", f"sends-{span}", end)
        assert int(start) == (MIDNIGHT if end == MIDNIGHT + DAY else NOON)
        hashed = sha256(b"\0".join([b"mailconnect limit", name.encode(), start.encode(), b"grant"]))
        assert whose == hashed.hexdigest()[:32]
    assert [counter.count for counter in connection.written] == [1, 1, 1, 3]
    await connection.limits.ask("grant")
    assert connection.written[-1].key.startswith(f"limit:asks-day:{MIDNIGHT}:")
