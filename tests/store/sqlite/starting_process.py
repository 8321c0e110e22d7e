"""One of several server processes that start at once, on a file that is not there yet."""

import asyncio
import sys
from pathlib import Path

from mailconnect.store.ledger import Entry
from mailconnect.store.sqlite.database import Database
from mailconnect.store.sqlite.ledger import SqliteLedger


async def main() -> None:
    print("ready", flush=True)
    sys.stdin.readline()
    database = Database.open(Path(sys.argv[1]))
    await SqliteLedger(database).put(Entry(key=sys.argv[2], value=b"", expires_at=2**40), 0)
    await database.close()


asyncio.run(main())
