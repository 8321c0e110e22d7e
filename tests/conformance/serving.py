"""An application on a free port of this machine, served as our own is, for as long as a test needs it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import anyio
from starlette.types import ASGIApp

from mailconnect.local.server import listen, server


@asynccontextmanager
async def served(app: ASGIApp) -> AsyncIterator[str]:
    """The address, without a closing slash."""
    listener = listen("127.0.0.1", 0)
    running = server(app)
    async with anyio.create_task_group() as group:
        group.start_soon(partial(running.serve, sockets=[listener]))
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            running.should_exit = True
