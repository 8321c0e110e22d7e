"""Two server processes on one database, with one provider: twenty calls at once, and one refresh."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from mailconnect.local.server import listen
from mailconnect.sandbox.app import create_app
from mailconnect.sandbox.assistant.assistant import Assistant
from mailconnect.sandbox.person import Person
from mailconnect.sandbox.provider import Provider
from mailconnect.sandbox.settings import Settings
from mailconnect.sandbox.switches import Fault
from tests.local.process import ROOT, environment
from tests.provider.served import served

pytestmark = [pytest.mark.anyio, pytest.mark.process]

SERVE_IN_CHILDREN = Path(__file__).with_name("serve_in_children.py")


@asynccontextmanager
async def bridge_on(listener: socket.socket, settings: dict[str, str]) -> AsyncIterator[None]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(SERVE_IN_CHILDREN),
        str(listener.fileno()),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        pass_fds=(listener.fileno(),),
        env=settings | {"PYTHONPATH": str(ROOT)},
    )
    assert process.stdin
    assert process.stdout
    process.stdin.write(b"\n")
    child = int(await process.stdout.readline())
    try:
        yield
    finally:
        os.kill(child, signal.SIGKILL)
        process.stdin.close()
        await process.wait()


@asynccontextmanager
async def sandbox() -> AsyncIterator[tuple[int, Provider]]:
    with listen("127.0.0.1", 0) as free:
        port = free.getsockname()[1]
    app = create_app(Settings(issuer=f"http://127.0.0.1:{port}"))
    async with served(app, port):
        yield port, app.state.provider


@pytest.mark.row("F-14")
async def test_two_processes_twenty_calls_and_one_refresh(tmp_path: Path) -> None:
    listeners = [listen("127.0.0.1", 0) for _ in range(2)]
    ports = [listener.getsockname()[1] for listener in listeners]
    async with sandbox() as (sandbox_port, provider), httpx.AsyncClient(trust_env=False, timeout=30) as http:
        settings = environment(PORT=ports[0], SANDBOX_PORT=sandbox_port, DATA_DIR=tmp_path, LIMITS="off")
        async with bridge_on(listeners[0], settings), bridge_on(listeners[1], settings):
            assistant = Assistant(f"http://127.0.0.1:{ports[0]}/mcp", http)
            tokens = await assistant.connect(Person("alice", "secret", http))

            async def call(port: int) -> bool:
                answer = await http.post(
                    f"http://127.0.0.1:{port}/mcp",
                    headers={
                        "host": f"127.0.0.1:{ports[0]}",
                        "authorization": f"Bearer {tokens.access_token}",
                        "accept": "application/json, text/event-stream",
                    },
                    json={"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "list_mailboxes"}},
                )
                return answer.status_code == 200 and answer.json()["result"]["isError"] is False

            for round_ in range(1, 6):
                provider.state.expire_access_tokens()
                if round_ == 3:
                    provider.switches.add(Fault("token.refresh", answer=503, times=1))
                results = await asyncio.gather(*(call(port) for port in ports * 10))
                if round_ != 3:
                    assert results == [True] * 20
                [grant] = provider.state.counted()["grants"]
                assert grant["ended_because"] is None
                assert grant["presented"] == [1] * round_ + [0]
                assert provider.counters.peak_refreshes[grant["grant_id"]] == 1
    for listener in listeners:
        listener.close()
