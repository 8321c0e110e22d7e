"""Runs the bridge in a child, again and again, on one socket that outlives them all: `python serve_in_children.py FD`.

A line on standard input starts a child, whose process id is answered with; the child lives until it is killed. Forked
from a process that has imported everything, so that two hundred starts take seconds; and requests that arrive while no
child lives wait in the socket's queue.
"""

import asyncio
import os
import socket
import sys

from mailconnect.local.bridge import Store, bridge, bridge_application
from mailconnect.local.server import server
from mailconnect.settings import from_environment


async def live(listener: socket.socket) -> None:
    settings = from_environment(os.environ)
    store = Store.open(settings)
    async with bridge(settings, store) as (adapters, sweeper):
        await asyncio.gather(server(bridge_application(adapters, store)).serve(sockets=[listener]), sweeper.run())


def main() -> None:
    listener = socket.socket(fileno=int(sys.argv[1]))
    listener.setblocking(False)
    for _ in sys.stdin:
        child = os.fork()
        if child == 0:
            asyncio.run(live(listener))
            os._exit(0)
        print(child, flush=True)
        os.waitpid(child, 0)


main()
