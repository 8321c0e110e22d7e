"""A server process that is killed while it writes: prints each write's number once it was acknowledged."""

import asyncio
import sys
from pathlib import Path

from mailconnect.store.ledger import Entry
from mailconnect.store.sqlite.database import Database
from mailconnect.store.sqlite.ledger import SqliteLedger

MAX = 20_000


async def main() -> None:
    ledger = SqliteLedger(Database.open(Path(sys.argv[1])))

    async def write(number: int) -> None:
        await ledger.put(Entry(key=f"kind:{number}", value=b"%d" % number * 100, expires_at=2**40), 0)
        print(number, flush=True)

    for start in range(0, MAX, 4):
        await asyncio.gather(*(write(start + offset) for offset in range(4)))


asyncio.run(main())
