"""`python -m mailconnect.local` with look-ups of names under way that never end: in threads of their own, as those of
clients' documents are, and in the event loop's, as the provider's are.
"""

import asyncio
import os
import sys
import threading
from typing import Any

from mailconnect.client_documents.network import Resolver
from mailconnect.local import bridge

_serve = bridge.serve


def never(*_: object, **__: object) -> list[Any]:
    threading.Event().wait()
    return []


async def serve(*arguments: Any) -> None:
    loop = asyncio.get_running_loop()
    under_way = [asyncio.create_task(Resolver(never)("slow.example")), loop.run_in_executor(None, never)]
    await _serve(*arguments)
    for one in under_way:
        one.cancel()


bridge.serve = serve
sys.exit(bridge.main(os.environ))
