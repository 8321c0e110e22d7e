"""The browser that a client starts on its own machine: a program that hands the address to the test."""

import shlex
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import httpx
from anyio.abc import SocketAttribute, SocketStream

from tests.peers.client import AskThePerson
from tests.peers.relay import TESTS_OWN

_NAMES = ("browser", "xdg-open", "open")  # $BROWSER, and what desktops start on Linux and macOS
_LONGEST_OPENING = 10
_SCRIPT = "import socket, sys; socket.create_connection(('127.0.0.1', {port})).sendall(sys.argv[-1].encode())"


@asynccontextmanager
async def browser(folder: Path, ask: AskThePerson) -> AsyncIterator[dict[str, str]]:
    """The environment in which a client finds it, with a home of its own in the empty folder, and no display."""
    listener = await anyio.create_tcp_listener(local_host="127.0.0.1")
    programs = folder / "bin"
    programs.mkdir()
    script = _SCRIPT.format(port=listener.extra(SocketAttribute.local_port))
    command = shlex.join([sys.executable, "-I", "-c", script])
    for name in _NAMES:
        program = programs / name
        program.write_text(f'#!/bin/sh\nexec {command} "$@"\n')
        program.chmod(0o700)

    async def opened(stream: SocketStream) -> None:
        async with stream:
            url = b"".join([octets async for octets in stream]).decode()
        await _follow(await ask(url))

    async with listener, anyio.create_task_group() as group:
        group.start_soon(listener.serve, opened)
        yield {"PATH": f"{programs}:/usr/bin:/bin", "HOME": str(folder), "BROWSER": str(programs / "browser")}
        group.cancel_scope.cancel()


async def _follow(redirected: str) -> None:
    """To the client's own callback, which some open only after they have sent the person away."""
    async with httpx.AsyncClient(headers={"user-agent": TESTS_OWN}, trust_env=False) as http:
        with anyio.fail_after(_LONGEST_OPENING):
            while True:
                try:
                    answer = await http.get(redirected)
                except httpx.ConnectError:
                    await anyio.sleep(0.05)
                else:
                    break
    assert answer.status_code == 200, answer.text
