"""`python -m mailconnect.local` as a process: started, read line by line, and stopped by a signal."""

import asyncio
import contextlib
import os
import secrets
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]
COMMAND = (sys.executable, "-m", "mailconnect.local")
START_SECONDS, STOP_SECONDS = 30, 5


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on now, and that the system gives to no outgoing connection meanwhile."""
    free: list[int] = []
    while len(free) < count:
        port = secrets.choice(range(20_000, 32_000))
        with socket.socket() as one, contextlib.suppress(OSError):
            one.bind(("127.0.0.1", port))
            free.append(port)
    return free


def environment(**settings: object) -> dict[str, str]:
    """Of the tests' own only what a process needs, so that nobody's settings get in."""
    inherited = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
    return inherited | {f"MAILCONNECT_{name}": str(value) for name, value in settings.items()}


@dataclass
class LocalProcess:
    process: asyncio.subprocess.Process
    printed: list[str] = field(default_factory=list)

    async def ready(self) -> str:
        """The address that it prints when it is ready."""
        assert self.process.stdout is not None
        async with asyncio.timeout(START_SECONDS):
            while not (self.printed and self.printed[-1].startswith("ready ")):
                line = await self.process.stdout.readline()
                assert line, f"it ended: {await self.process.communicate()}"
                self.printed.append(line.decode().rstrip("\n"))
        return self.printed[-1].removeprefix("ready ")

    def order_stop(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    async def stopped(self) -> tuple[int | None, str]:
        """Its exit code and what it wrote on standard error."""
        async with asyncio.timeout(STOP_SECONDS):
            _, errors = await self.process.communicate()
        return self.process.returncode, errors.decode()


@asynccontextmanager
async def local(*, module: str = "mailconnect.local", **settings: object) -> AsyncIterator[LocalProcess]:
    process = await asyncio.create_subprocess_exec(
        *COMMAND[:2],
        module,
        cwd=ROOT,
        env=environment(**settings),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield LocalProcess(process)
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()
