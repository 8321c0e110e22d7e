"""What every ledger must do. A subclass gives the fixtures `ledger` and `ledger_elsewhere`, a second instance onto the
same data."""

import asyncio
import dataclasses
import random

import pytest

from mailconnect.store.errors import AlreadyExists
from mailconnect.store.ledger import Entry, Ledger

NOW = 1_800_000_000
ENTRY = Entry(key=f"pending:{'0' * 64}", value=b'{"a": 1}', expires_at=NOW + 600)


class LedgerContract:
    expires_by_itself = False
    """Whether expired items go without `delete_expired`."""

    @pytest.mark.parametrize(
        "entry",
        [
            ENTRY,
            dataclasses.replace(ENTRY, value=b""),
            dataclasses.replace(ENTRY, value=bytes(range(256))),
            dataclasses.replace(ENTRY, value=random.Random(1).randbytes(100_000)),
            dataclasses.replace(ENTRY, key="receipt:é\U0001f4ec", expires_at=2**53 + 1),
        ],
        ids=["json", "empty", "bytes", "many bytes", "unicode and a far time"],
    )
    async def test_an_entry_comes_back_as_it_was_put(self, ledger: Ledger, entry: Entry) -> None:
        await ledger.put(entry, NOW)
        assert await ledger.get(entry.key, NOW) == entry
        assert await ledger.get(entry.key, NOW) == entry
        assert await ledger.take(entry.key, NOW) == entry

    @pytest.mark.parametrize("strange", ["", "x" * 3000, "\ud800", "pending:", "' OR 1=1 --"], ids=ascii)
    async def test_a_key_that_nobody_put_is_not_found(self, ledger: Ledger, strange: str) -> None:
        await ledger.put(ENTRY, NOW)
        assert await ledger.get(strange, NOW) is None

    async def test_an_entry_is_never_overwritten(self, ledger: Ledger) -> None:
        await ledger.put(ENTRY, NOW)
        with pytest.raises(AlreadyExists):
            await ledger.put(dataclasses.replace(ENTRY, value=b"other"), NOW + 599)
        assert await ledger.get(ENTRY.key, NOW) == ENTRY

    @pytest.mark.row("ST-06", "F-27")
    async def test_an_expired_entry_is_as_good_as_gone(self, ledger: Ledger) -> None:
        await ledger.put(ENTRY, NOW)
        assert await ledger.get(ENTRY.key, NOW + 599) == ENTRY
        assert await ledger.get(ENTRY.key, NOW + 600) is None
        assert await ledger.take(ENTRY.key, NOW + 600) is None

    @pytest.mark.row("ST-06", "F-27")
    async def test_an_entry_may_be_put_over_an_expired_one(self, ledger: Ledger) -> None:
        await ledger.put(ENTRY, NOW)
        later = dataclasses.replace(ENTRY, value=b"later", expires_at=NOW + 1200)
        await ledger.put(later, NOW + 600)
        assert await ledger.take(ENTRY.key, NOW + 600) == later

    @pytest.mark.row("ST-06")
    async def test_of_twenty_concurrent_puts_over_an_expired_entry_one_wins(
        self, ledger: Ledger, ledger_elsewhere: Ledger
    ) -> None:
        await ledger.put(ENTRY, NOW)
        entries = [dataclasses.replace(ENTRY, value=bytes([number]), expires_at=NOW + 1200) for number in range(20)]
        outcomes = await asyncio.gather(
            *((ledger, ledger_elsewhere)[number % 2].put(entry, NOW + 600) for number, entry in enumerate(entries)),
            return_exceptions=True,
        )
        assert outcomes.count(None) == 1
        assert sum(isinstance(outcome, AlreadyExists) for outcome in outcomes) == 19
        assert await ledger.get(ENTRY.key, NOW + 600) == entries[outcomes.index(None)]

    async def test_a_taken_entry_is_gone_and_its_key_is_free(self, ledger: Ledger) -> None:
        await ledger.put(ENTRY, NOW)
        assert await ledger.take(ENTRY.key, NOW) == ENTRY
        assert await ledger.take(ENTRY.key, NOW) is None
        assert await ledger.get(ENTRY.key, NOW) is None
        await ledger.put(ENTRY, NOW)

    async def test_of_twenty_concurrent_takers_exactly_one_gets_the_entry(
        self, ledger: Ledger, ledger_elsewhere: Ledger
    ) -> None:
        other = dataclasses.replace(ENTRY, key="pending:other")
        for entry in (ENTRY, other):
            await ledger.put(entry, NOW)
        taken = await asyncio.gather(
            *((ledger, ledger_elsewhere)[number % 2].take(ENTRY.key, NOW) for number in range(20))
        )
        assert [entry for entry in taken if entry is not None] == [ENTRY]
        assert await ledger.get(other.key, NOW) == other

    async def test_expired_entries_are_deleted_and_no_others(self, ledger: Ledger) -> None:
        expired = [Entry(key=f"kind:{number}", value=b"", expires_at=NOW - number) for number in range(3)]
        for entry in (*expired, ENTRY):
            await ledger.put(entry, NOW - 1000)
        assert await ledger.delete_expired(NOW) == (0 if self.expires_by_itself else 3)
        assert await ledger.delete_expired(NOW) == 0
        assert await ledger.get(ENTRY.key, NOW) == ENTRY
        assert [await ledger.get(entry.key, NOW) for entry in expired] == [None, None, None]

    async def test_an_entrys_value_is_not_in_its_repr(self) -> None:
        assert "'a'" not in repr(ENTRY)
        assert "value" not in repr(ENTRY)
