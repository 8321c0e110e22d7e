"""Puts ever newer tokens into the outbox in the folder that is named, and prints each version once it is there."""

import asyncio
import itertools
import sys
from dataclasses import replace
from pathlib import Path

from mailconnect.store.sqlite.outbox import FileOutbox
from tests.store.outbox_contract import GRANT, REFRESHED


async def main() -> None:
    outbox = FileOutbox(Path(sys.argv[1]))
    for number in itertools.count(REFRESHED.props_version):
        await outbox.put(GRANT, replace(REFRESHED, props_version=number))
        print(number, flush=True)


asyncio.run(main())
