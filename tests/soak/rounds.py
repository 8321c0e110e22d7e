"""Round after round the provider's token expires, 500 calls come at once, and one of four processes is killed.

In every third round that is the one which refreshes, around the moment of the provider's answer; else any, at any time.

A killed process takes with it what it alone knew. Was that a token that the provider had just given, nobody can have it
again: the person must be asked to connect anew, once and clearly. Such rounds are counted apart ("in hand"). Whatever
else ends a connection is a loss.
"""

import asyncio
import json
import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import httpx
from starlette.types import ASGIApp, Receive, Scope, Send

from mailconnect.local.server import listen
from mailconnect.mail.errors import NotAnswering, Unreachable
from mailconnect.outbound.aiohttp_transport import client
from mailconnect.outbound.transport import OutboundRequest, Response, Transport
from mailconnect.provider.errors import Busy, GrantEnded, RefreshUnderWay
from mailconnect.sandbox.app import create_app
from mailconnect.sandbox.assistant.assistant import Assistant
from mailconnect.sandbox.person import Person
from mailconnect.sandbox.provider import Provider
from mailconnect.sandbox.settings import Settings
from mailconnect.store.grants import Grants
from mailconnect.store.outbox import Outbox
from tests.local.process import ROOT, environment
from tests.provider.served import served
from tests.soak.workers import PROCESS

ROUNDS = int(os.environ.get("SOAK_ROUNDS", "3"))
SECONDS = int(os.environ.get("SOAK_SECONDS", "3600"))
"""After which no more rounds are begun."""

CALLS = 500

PATIENCE = 60
"""Seconds in which a connection must serve again: a killed holder's lease runs for twelve, and machines may be slow."""

LATER = {error().text for error in (RefreshUnderWay, Busy, Unreachable, NotAnswering)}
"""The last two where this machine is too slow for its own provider."""


@dataclass
class WatchedProvider:
    """The provider, and which processes came with a refresh."""

    provider: ASGIApp
    refreshing: asyncio.Queue[int] = field(default_factory=asyncio.Queue)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        for name, value in scope.get("headers", ()) if scope.get("path") == "/oauth/refresh" else ():
            if name == PROCESS.encode():
                self.refreshing.put_nowait(int(value))
        await self.provider(scope, receive, send)


@dataclass
class Soak:
    store: str
    url: str
    supervisor: int
    provider: Provider
    watched: WatchedProvider
    grants: Grants
    outbox: Outbox
    transport: Transport
    chance: random.Random = field(default_factory=lambda: random.Random(2026))
    seen: Counter[str] = field(default_factory=Counter)

    async def run(self) -> Counter[str]:
        ends = time.monotonic() + SECONDS
        try:
            assistant = await self.connected()
            while self.seen["rounds"] < ROUNDS and time.monotonic() < ends:
                self.seen["rounds"] += 1
                self.provider.state.expire_access_tokens()
                await self.calls(assistant, at_the_response=self.seen["rounds"] % 3 == 0)
                if not await self.survives(assistant):
                    assistant = await self.connected()
                if self.seen["rounds"] % 10 == 0:
                    print(self.report(), flush=True)
        finally:
            print(self.report(), flush=True)
        return self.seen

    async def connected(self) -> Assistant:
        async with httpx.AsyncClient(trust_env=False, timeout=60) as browser:
            assistant = Assistant(self.url, browser)
            await assistant.connect(Person("alice", "secret", browser))
            return assistant

    async def calls(self, assistant: Assistant, *, at_the_response: bool) -> None:
        begun = asyncio.Event()

        async def one(number: int) -> None:
            if number == killed_at:
                begun.set()
            self.seen[await self.call(assistant)] += 1

        async def kill() -> None:
            if at_the_response:
                process = await self.watched.refreshing.get()
                await asyncio.sleep(10 ** self.chance.uniform(-4, -0.5))  # its tokens are stored within milliseconds
            else:
                await begun.wait()
                process = self.chance.choice(await self.workers())
            os.kill(process, signal.SIGKILL)
            self.seen["kills"] += 1

        killed_at = self.chance.randrange(CALLS)
        while not self.watched.refreshing.empty():
            self.watched.refreshing.get_nowait()
        await asyncio.gather(kill(), *map(one, range(CALLS)))

    async def call(self, assistant: Assistant) -> str:
        """A connection that is cut is what a client tries again by itself; any other answer must be one of ours."""
        assert assistant.tokens
        self.seen["calls"] += 1
        headers = {
            "authorization": f"Bearer {assistant.tokens.access_token}",
            "accept": "application/json, text/event-stream",
            "content-type": "application/json",
        }
        message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "list_mailboxes"}}
        request = OutboundRequest("POST", self.url, headers, json.dumps(message).encode(), connect=60)
        for _ in range(5):
            try:
                async with asyncio.timeout(60):
                    status, body = await self.transport.send(request, _answered)
            except (TimeoutError, aiohttp.ClientError):
                self.seen["cut off"] += 1
                continue
            if status == 401:
                return "ended"
            assert status == 200, body
            result = json.loads(body)["result"]
            if not result["isError"]:
                return "served"
            text = result["content"][0]["text"]
            if text == GrantEnded.sentence:
                return "ended"
            assert text in LATER, text
            return "told to come back"
        raise AssertionError("nobody serves")

    async def survives(self, assistant: Assistant) -> bool:
        """Whether the connection lives on; if not, that must be for a token in the killed process's hand alone."""
        assert assistant.tokens
        grant_id = assistant.tokens.access_token[4:26]
        at_provider = self.provider.state.counted()["grants"][-1]
        in_hand = len(at_provider["presented"]) > await self.known(grant_id)
        async with asyncio.timeout(PATIENCE):
            while (answer := await self.call(assistant)) == "told to come back":  # noqa: ASYNC110 - as a client would
                await asyncio.sleep(0.5)
        at_provider = self.provider.state.counted()["grants"][-1]
        assert self.provider.counters.peak_refreshes.get(at_provider["grant_id"], 0) <= 1, "I2"
        if answer == "served":
            assert at_provider["presented"][-1] == 0, "I1"
            assert set(at_provider["presented"][:-1]) <= {1}, "one refresh for each generation"
            return True
        assert await self.call(assistant) == "ended", "a clean reconnect"
        self.seen["in hand" if in_hand else "losses"] += 1
        return False

    async def known(self, grant_id: str) -> int:
        """How many of the provider's refresh tokens there have been, as far as is stored anywhere."""
        grant, waiting = await self.grants.get(grant_id), await self.outbox.get(grant_id)
        versions = [one.props_version for one in (grant, waiting) if one is not None]
        return max(versions, default=0)

    async def workers(self) -> list[int]:
        command = ("ps", "-A", "-o", "pid=,ppid=,stat=")
        listed = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
        lines = [line.split() for line in (await listed.communicate())[0].decode().splitlines()]
        return [int(pid) for pid, parent, state in lines if int(parent) == self.supervisor and state[0] != "Z"]

    def report(self) -> str:
        self.seen["refreshes"] = self.provider.counters.requests["token.refresh"]
        names = ("calls", "served", "told to come back", "ended", "cut off", "refreshes", "kills", "in hand", "losses")
        counted = ", ".join(f"{name} {self.seen[name]}" for name in names)
        return f"{self.store}: {self.seen['rounds']} of {ROUNDS} rounds, {counted}"


async def _answered(response: Response) -> tuple[int, bytes]:
    return response.status, b"".join([chunk async for chunk in response.chunks()])


@asynccontextmanager
async def soaking(
    store: str, folder: Path, grants: Grants, outbox: Outbox, *store_elsewhere: str
) -> AsyncIterator[Soak]:
    with listen("127.0.0.1", 0) as free:
        sandbox_port = free.getsockname()[1]
    app = create_app(Settings(issuer=f"http://127.0.0.1:{sandbox_port}"))
    watched = WatchedProvider(app)
    with listen("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
        settings = environment(PORT=port, SANDBOX_PORT=sandbox_port, DATA_DIR=folder, LIMITS="off") | {
            "PYTHONPATH": str(ROOT)
        }
        async with (
            served(watched, sandbox_port),
            client() as transport,
        ):
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                str(Path(__file__).with_name("workers.py")),
                str(listener.fileno()),
                *store_elsewhere,
                pass_fds=(listener.fileno(),),
                env=settings | {"PYTHONPATH": str(ROOT)},
            )
            try:
                url = f"http://127.0.0.1:{port}/mcp"
                yield Soak(store, url, process.pid, app.state.provider, watched, grants, outbox, transport)
            finally:
                process.terminate()
                await process.wait()
