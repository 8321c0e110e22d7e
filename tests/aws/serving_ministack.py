"""Started by emulator.py, in `.venv-aws`: ministack on the socket that was handed over, until standard input closes."""

import asyncio
import os
import sys

os.environ |= {"GATEWAY_PORT": sys.argv[2], "BIND_HOST": "127.0.0.1", "SERVICES": "dynamodb", "LOG_LEVEL": "WARNING"}

from hypercorn.asyncio import serve
from hypercorn.config import Config
from ministack.app import app


async def main() -> None:
    config = Config()
    config.bind = [f"fd://{sys.argv[1]}"]
    config.loglevel = "WARNING"
    closed = asyncio.to_thread(sys.stdin.read)
    await serve(app, config, shutdown_trigger=lambda: closed)


asyncio.run(main())
