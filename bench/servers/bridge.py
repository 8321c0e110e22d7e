"""mailconnect as `make run` has it, in front of the stub: `python -m bench.servers.bridge PORT STUB_PORT FOLDER`."""

import asyncio
import os
import signal
import sys
from pathlib import Path

from handlers.local import Store, bridge, bridge_application, listener
from handlers.local_server import server
from lib.settings import from_environment


async def main(port: int, stub_port: int, folder: Path) -> None:
    environment = {
        "MAILCONNECT_PORT": str(port),
        "MAILCONNECT_SANDBOX_PORT": str(stub_port),  # the sandbox's place in the settings is the stub's here
        "MAILCONNECT_DATA_DIR": str(folder),
    }
    settings = from_environment(environment)
    store = Store.open(settings)
    listening = listener(port, "PORT")
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with bridge(settings, store) as (adapters, sweeper):
        serving = server(bridge_application(adapters, store))
        running = asyncio.create_task(serving.serve(sockets=[listening]))
        sweeping = asyncio.create_task(sweeper.run())
        await stop.wait()
        sweeping.cancel()
        serving.should_exit = True
        await asyncio.gather(running, sweeping, return_exceptions=True)
    await store.database.close()


if __name__ == "__main__":
    os.umask(0o077)
    import uvloop

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])))
