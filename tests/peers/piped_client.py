"""A client in a process of its own, held by JSON lines; what they say stands in typescript/sdk.mjs."""

import json
import subprocess
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import anyio
from anyio.abc import Process
from anyio.streams.buffered import BufferedByteReceiveStream

from tests.peers.client import AskThePerson, Connected, Credentials

_LONGEST_LINE = 1_000_000
_LONGEST_COMMAND = 60


class ClientFailedError(RuntimeError):
    """What the client says of its failure; or its process ended."""


class PipedClient:
    def __init__(self, process: Process, ask: AskThePerson) -> None:
        assert process.stdout
        self.sent: list[str] = []
        self._ask = ask
        self._process = process
        self._lines = BufferedByteReceiveStream(process.stdout)

    async def connect(self) -> Connected:
        return Connected(**await self._do("connect"))

    async def call(self, *tools: str, **arguments: Any) -> list[dict[str, Any]]:
        return list(await self._do("call", tools=tools, arguments=arguments))

    async def credentials(self) -> Credentials:
        return Credentials(**await self._do("credentials"))

    async def believes_expired(self) -> bool:
        return bool(await self._do("expired"))

    async def _do(self, command: str, **arguments: Any) -> Any:
        with anyio.fail_after(_LONGEST_COMMAND):
            await self._say({"do": command, **arguments})
            while True:
                match await self._heard():
                    case {"sent": str(request)}:
                        self.sent.append(request)
                    case {"authorize": str(url)}:
                        await self._say({"redirected": await self._ask(url)})
                    case {"result": result}:
                        return result
                    case heard:
                        raise ClientFailedError(heard.get("error", heard))

    async def _say(self, message: dict[str, Any]) -> None:
        assert self._process.stdin
        await self._process.stdin.send(json.dumps(message).encode() + b"\n")

    async def _heard(self) -> dict[str, Any]:
        try:
            line = await self._lines.receive_until(b"\n", _LONGEST_LINE)
        except anyio.IncompleteRead:
            raise ClientFailedError("the client's process ended; its words are above") from None
        return dict(json.loads(line))


@asynccontextmanager
async def piped_client(
    command: Sequence[str], ask: AskThePerson, environment: Mapping[str, str] | None = None
) -> AsyncIterator[PipedClient]:
    """The process ends with its standard input."""
    async with await anyio.open_process(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=None, env=environment
    ) as process:
        try:
            yield PipedClient(process, ask)
            assert process.stdin
            await process.stdin.aclose()
            with anyio.fail_after(10):
                assert await process.wait() == 0
        finally:
            if process.returncode is None:
                process.kill()
