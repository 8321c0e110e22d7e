"""Round after round the provider's token expires, 500 calls come at once, and one of four processes is killed.

A killed process takes with it what it alone knew. Was that a token that the provider had just given, nobody can have it
again: the person must be asked to connect anew, once and clearly. Such rounds are counted apart ("in hand"). Whatever
else ends a connection is a loss.
"""

import asyncio
import os
import random
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from handlers.local.server import listen
from lib.store.grants import Grants
from lib.store.outbox import Outbox
from lib.upstream.errors import Busy, GrantEnded, RenewalUnderWay
from sandbox.app import create_app
from sandbox.assistant import Assistant
from sandbox.person import Person
from sandbox.provider import Provider
from sandbox.settings import Settings
from tests.handlers.local.process import ROOT, environment
from tests.upstream.served import served

ROUNDS = int(os.environ.get("SOAK_ROUNDS", "2"))
CALLS = 500
PATIENCE = 60
"""Seconds in which a connection must serve again: a killed holder's lease runs for twelve, and machines may be slow."""

LATER = {RenewalUnderWay.sentence, Busy.sentence}


@dataclass
class Soak:
    url: str
    supervisor: int
    provider: Provider
    grants: Grants
    outbox: Outbox
    http: httpx.AsyncClient
    chance: random.Random = field(default_factory=lambda: random.Random(2026))
    seen: Counter[str] = field(default_factory=Counter)

    async def run(self, rounds: int) -> Counter[str]:
        assistant = await self.connected()
        for _ in range(rounds):
            self.seen["rounds"] += 1
            self.provider.state.expire_access_tokens()
            await self.calls(assistant, killed_at=self.chance.randrange(CALLS))
            if not await self.survives(assistant):
                assistant = await self.connected()
        return self.seen

    async def connected(self) -> Assistant:
        assistant = Assistant(self.url, self.http)
        await assistant.connect(Person("alice", "secret", self.http))
        return assistant

    async def calls(self, assistant: Assistant, killed_at: int) -> None:
        async def one(number: int) -> None:
            if number == killed_at:
                os.kill(self.chance.choice(await self.workers()), signal.SIGKILL)
                self.seen["kills"] += 1
            self.seen[await self.call(assistant)] += 1

        await asyncio.gather(*map(one, range(CALLS)))

    async def call(self, assistant: Assistant) -> str:
        """A connection that is cut is what a client tries again by itself; any other answer must be one of ours."""
        assert assistant.tokens
        self.seen["calls"] += 1
        for _ in range(5):
            try:
                answer = await self.http.post(
                    self.url,
                    headers={
                        "authorization": f"Bearer {assistant.tokens.access_token}",
                        "accept": "application/json, text/event-stream",
                    },
                    json={"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "list_mailboxes"}},
                )
            except httpx.TransportError:
                self.seen["cut off"] += 1
                continue
            if answer.status_code == 401:
                return "ended"
            assert answer.status_code == 200, answer.text
            result = answer.json()["result"]
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
            self.seen["refreshes"] = self.provider.counters.requests["token.refresh"]
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


@asynccontextmanager
async def soaking(folder: Path, grants: Grants, outbox: Outbox, *store_elsewhere: str) -> AsyncIterator[Soak]:
    with listen("127.0.0.1", 0) as free:
        sandbox_port = free.getsockname()[1]
    app = create_app(Settings(issuer=f"http://127.0.0.1:{sandbox_port}"))
    with listen("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
        settings = environment(PORT=port, SANDBOX_PORT=sandbox_port, DATA_DIR=folder, LIMITS="off") | {
            "PYTHONPATH": str(ROOT)
        }
        async with (
            served(app, sandbox_port),
            httpx.AsyncClient(trust_env=False, timeout=60, limits=httpx.Limits(max_connections=100)) as http,
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
                yield Soak(url, process.pid, app.state.provider, grants, outbox, http)
            finally:
                process.terminate()
                await process.wait()


def report(store: str, seen: Counter[str]) -> str:
    names = ("rounds", "calls", "served", "told to come back", "cut off", "refreshes", "kills", "in hand", "losses")
    return f"{store}: " + ", ".join(f"{name} {seen[name]}" for name in names)
