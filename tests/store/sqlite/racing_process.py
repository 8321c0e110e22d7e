"""One of several server processes on one file: tries for every grant's lease, and prints how often it got each."""

import asyncio
import os
import sys
from pathlib import Path

from mailconnect.grants.provider_refresh.lease import take_lease
from mailconnect.store.sqlite.database import Database
from mailconnect.store.sqlite.grants import SqliteGrants

NOW = 1_800_000_000


async def main() -> None:
    database = Database.open(Path(sys.argv[1]))
    grants = SqliteGrants(database)
    print("ready", flush=True)
    sys.stdin.readline()
    for grant_id in sys.argv[2:]:
        grant = await grants.get(grant_id)
        assert grant is not None
        attempts = [f"{os.getpid()}-{number}" for number in range(20)]
        won = await asyncio.gather(*(grants.update(grant_id, take_lease(grant, attempt, NOW)) for attempt in attempts))
        print(grant_id, sum(won), flush=True)
    await database.close()


asyncio.run(main())
